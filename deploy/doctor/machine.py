"""What is judged of this machine: disk, spool, secrets, processes. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from deploy.doctor.check import Check, fail, ok, some, warn

FRESH_S = 60.0
_LOW, _OUT = 0.10, 0.02
_OUT_BYTES = 500 * 1024 * 1024


@dataclass(frozen=True)
class Space:
    """A disk: what it holds of us, and its bytes."""

    holds: str
    free: int
    total: int


@dataclass(frozen=True)
class ProcessSeen:
    """What a process answered; `status` None where nobody answers at `address`."""

    name: str
    address: str
    status: Mapping[str, object] | None
    ready: bool


def disk_check(space: Space) -> Check:
    """Room for what comes: below 10 % is soon, below 2 % or 500 MB is now."""
    name = f"disk of {space.holds}"
    share = space.free / space.total if space.total else 0.0
    said = f"{space.free / 1e9:,.1f} GB free ({share:.0%})"
    if share < _OUT or space.free < _OUT_BYTES:
        return fail(name, said, "make room now: Kafka and ClickHouse stop on a full disk, senders get 503")
    if share < _LOW:
        return warn(name, said, "make room, or move it to a larger disk")
    return ok(name, said)


def secrets_check(count: int, unreadable: Sequence[str]) -> Check:
    """Every secret that the configuration refers to can be read; none is ever shown."""
    if unreadable:
        return fail("secrets", unreadable[0], f"and {len(unreadable) - 1} more" if len(unreadable) > 1 else "")
    return ok("secrets", f"{count} can be read")


def rebuild_check(since: str | None) -> Check:
    """No rebuild broke off."""
    if since is not None:
        return fail("rebuild", f"begun at {since} and not ended: numbers are missing", "run `pipegauge rebuild` again")
    return ok("rebuild", "none is under way")


def spool_check(deliveries: int | None, size: int, limit: int) -> Check:
    """Deliveries that wait on this machine for Kafka."""
    if not deliveries:
        return ok("spool", "empty")
    said = f"{deliveries:,} deliveries wait on disk ({size / limit:.0%} of gateway.spool_max_bytes)"
    return warn("spool", said, "it empties when gateway and Kafka run; see the lines of both")


def process_check(seen: ProcessSeen, version: str, is_expected: bool) -> Check:
    """A process answers, is ready, is of this version, and has seen something lately if there was anything to see."""
    command = {"gateway": "receive", "worker": "work", "store": "store", "board": "board", "notifier": "notify"}
    if seen.status is None:
        said = f"nobody answers at {seen.address}"
        remedy = f"start it with `pipegauge {command.get(seen.name, seen.name)}`, or ask on the machine where it runs"
        return (fail if is_expected else warn)(seen.name, said, remedy)
    its_version = str(seen.status.get("version"))
    if its_version != version:
        return warn(seen.name, f"is of version {its_version}, this is {version}", "start it anew")
    fault = seen.status.get("fault")
    if not seen.ready:
        said = f"not ready{f' ({fault})' if fault else ''}"
        return fail(seen.name, said, "see the other lines, then its log")
    return ok(seen.name, f"ready at {seen.address}{_freshness(seen.status)}")


def _freshness(status: Mapping[str, object]) -> str:
    age = status.get("freshness")
    return f", newest record {age:.0f} s ago" if isinstance(age, int | float) else ""


def freshness_check(seen: Sequence[ProcessSeen]) -> Check:
    """Whoever has something waiting has also seen something lately."""
    stale = [
        f"{one.name} ({age:.0f} s)"
        for one in seen
        if one.status is not None
        and isinstance(lag := one.status.get("lag"), Mapping)
        and sum(lag.values()) > 0
        and isinstance(age := one.status.get("freshness"), int | float)
        and age > FRESH_S
    ]
    if stale:
        return warn("freshness", f"{some(stale)} has records waiting and takes none", "look at its log, start it anew")
    return ok("freshness", f"nothing waits longer than {FRESH_S:.0f} s")
