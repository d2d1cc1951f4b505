"""What is judged of ClickHouse: may we write, is the schema ours, what is in it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from deploy.doctor.check import Check, fail, ok, some, warn
from deploy.doctor.kafka import Remembered

CLOCK_S = 5.0
Team = tuple[str, date, str]
"""service, since, team."""


@dataclass(frozen=True)
class Migration:
    """A migration as it is shipped or was applied."""

    name: str
    md5: str


@dataclass(frozen=True)
class ClickHouseSeen:
    """ClickHouse as it was found; what needs tables is empty before the first migration."""

    version: str
    ahead_s: float
    applied: Mapping[int, str]
    refused: Mapping[str, str] = field(default_factory=dict)
    teams: frozenset[Team] = frozenset()
    unclaimed: Sequence[tuple[str, int]] = ()
    letters: Sequence[tuple[str, int]] = ()
    remembered: Mapping[int, Remembered] = field(default_factory=dict)


def write_check(seen: ClickHouseSeen, username: str) -> Check:
    """The user may write to each table."""
    if seen.refused:
        table, said = next(iter(seen.refused.items()))
        return fail(
            "ClickHouse writes",
            f"{username!r} cannot write to {some(seen.refused)} ({table}: {said})",
            "grant it SELECT, INSERT, ALTER, CREATE, DROP and TRUNCATE on the database, without readonly; nothing is "
            "lost: the store waits",
        )
    return ok("ClickHouse writes", f"{username!r} may write")


def migrations_check(shipped: Mapping[int, Migration], applied: Mapping[int, str]) -> Check:
    """The tables are those of this version of pipegauge, no older and no newer."""
    changed = [one.name for version, one in shipped.items() if version in applied and applied[version] != one.md5]
    if changed:
        return fail(
            "migrations",
            f"{some(changed)} was changed after it had been applied",
            "restore the file as it was, and write the change as a new migration",
        )
    behind = [one.name for version, one in sorted(shipped.items()) if version not in applied]
    if behind:
        return fail("migrations", f"{some(behind)} not applied", "run `pipegauge migrate`; the store waits until then")
    ahead = [f"{version:04d}" for version in sorted(applied) if version not in shipped]
    if ahead:
        return fail(
            "migrations", f"{some(ahead)} of a later version was applied", "update pipegauge on this machine, too"
        )
    return ok("migrations", f"all {len(shipped)} applied")


def teams_check(expected: frozenset[Team], written: frozenset[Team]) -> Check:
    """The catalog's teams are where the boards look for them."""
    differing = sorted({service for service, *_ in expected ^ written})
    if expected and differing:
        return warn(
            "teams", f"ClickHouse has others for {some(differing)}", "run `pipegauge migrate`, which writes them"
        )
    return ok("teams", f"{len({service for service, *_ in expected})} services of the catalog are written")


def unclaimed_check(unclaimed: Sequence[tuple[str, int]]) -> Check:
    """What came in during the last day and belongs to no line of the catalog."""
    if unclaimed:
        said = some(f"{service} ({count:,} events)" for service, count in unclaimed)
        return warn(
            "unclaimed",
            f"of the last day, in no line of the catalog: {said}",
            "claim them under `services:` and start anew; `pipegauge rebuild` files the past as well",
        )
    return ok("unclaimed", "every event of the last day has its service")


def letters_check(letters: Sequence[tuple[str, int]]) -> Check:
    """Dead letters that nobody has sent through a corrected mapping yet."""
    if letters:
        return warn(
            "dead letters",
            some(f"{count:,} of {source}" for source, count in letters),
            "see their reasons on the board; after a fix run `pipegauge replay --dead-letters`",
        )
    return ok("dead letters", "none waits")


def clock_check(ahead_s: float) -> Check:
    """ClickHouse's clock beside ours: boards ask for what is newer than its now."""
    if abs(ahead_s) > CLOCK_S:
        way = "ahead of" if ahead_s > 0 else "behind"
        return warn("ClickHouse's clock", f"{abs(ahead_s):.0f} s {way} ours", "let NTP set both clocks")
    return ok("ClickHouse's clock", f"within {CLOCK_S:.0f} s of ours")
