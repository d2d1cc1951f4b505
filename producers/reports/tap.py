"""TAP, the Test Anything Protocol, versions 12 to 14. Pure.

Test points are counted at the outermost level: what a subtest came to is told by the test point behind it. A skipped
test is no failure, nor is one that is known to fail (TODO): both count as skipped, a TODO that passes as passed. What
the plan promised and never came broke off: it counts as errored.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from producers.reports.about import About
from producers.reports.format import Read, ReportFormat
from producers.source import Refused
from schemas.events import Event, Outcome

_POINT = re.compile(r"(not )?ok\b(?!:)(.*)", re.ASCII)
_PLAN = re.compile(r"1\.\.(\d{1,9})(?:\s*#\s*(skip).*|\s*#.*)?", re.ASCII | re.IGNORECASE)
_VERSION = re.compile(r"TAP version \d+", re.IGNORECASE)
_BAIL_OUT = re.compile(r"Bail out!", re.IGNORECASE)
_DIRECTIVE = re.compile(r"(?<!\\)#\s*(skip|todo)", re.IGNORECASE)
_MOST_PROMISED = 1_000_000


class NotTap(Refused):
    """No test point and no plan in it."""

    title = "Not TAP"


@dataclass(frozen=True, slots=True)
class Stream:
    """What a stream came to; `planned` is None where there is no plan."""

    passed: int
    failed: int
    skipped: int
    planned: int | None
    bailed_out: bool

    @property
    def missing(self) -> int:
        """Tests that were planned and never told."""
        return max(0, (self.planned or 0) - self.passed - self.failed - self.skipped)

    @property
    def outcome(self) -> Outcome:
        """More tests than planned are a fault of the tests."""
        told = self.passed + self.failed + self.skipped
        if self.failed:
            return "failure"
        if self.bailed_out or self.missing or (self.planned is not None and told > self.planned):
            return "error"
        return "success" if self.passed else "skipped" if told or self.planned == 0 else "neutral"


def read(body: bytes) -> Read:
    """Plan and test points, with their descriptions; no diagnostics. Raises NotTap."""
    kept = list(_outermost(body.decode("utf-8", "replace")))
    passed = failed = skipped = 0
    planned: int | None = None
    bailed_out = False
    for line in kept:
        if point := _POINT.match(line):
            directive = _DIRECTIVE.search(point[2])
            is_skipped = directive is not None and (directive[1].lower() == "skip" or point[1] is not None)
            skipped, failed, passed = (
                skipped + is_skipped,
                failed + (not is_skipped and point[1] is not None),
                passed + (not is_skipped and point[1] is None),
            )
        elif plan := _PLAN.fullmatch(line):
            planned = int(plan[1]) if planned is None else planned
        else:
            bailed_out = True
    if planned is None and not passed + failed + skipped:
        raise NotTap("there is neither a test point (`ok 1`) nor a plan (`1..3`); send what the test wrote")
    if (planned or 0) > _MOST_PROMISED:
        raise NotTap(f"the plan promises more than {_MOST_PROMISED:,} tests")
    return Read(Stream(passed, failed, skipped, planned, bailed_out), "\n".join([*kept, ""]).encode())


def events(read: Read, about: About) -> list[Event]:
    """The TestsReported of a stream."""
    stream = read.value
    assert isinstance(stream, Stream)
    told = about.tests(
        REPORT.urn,
        read.digest,
        None,
        None,
        outcome=stream.outcome,
        total=stream.passed + stream.failed + stream.skipped + stream.missing,
        passed=stream.passed,
        failed=stream.failed,
        errored=stream.missing,
        skipped=stream.skipped,
    )
    return [*told]


def _outermost(text: str) -> Iterator[str]:
    """Test points, plan and `Bail out!` of the outermost level, as they will be kept: reasons may hold anything."""
    told = list(_told(text))
    outermost = min((indent for indent, _ in told), default=0)
    for indent, line in told:
        if indent == outermost:
            yield line


def _told(text: str) -> Iterator[tuple[int, str]]:
    """Every line that says something, and how far it is indented; blocks of YAML are passed over."""
    block: int | None = None
    for raw in text.splitlines():
        line = raw.strip()
        indent = len(raw) - len(raw.lstrip())
        if block is not None:
            block = None if line == "..." and indent <= block else block
        elif line == "---":
            block = indent
        elif _PLAN.fullmatch(line):
            yield indent, line.partition("#")[0].strip()
        elif point := _POINT.match(line):
            yield indent, _without_reason(line, point)
        elif _BAIL_OUT.match(line):
            yield indent, "Bail out!"
        elif _VERSION.fullmatch(line):
            continue


def _without_reason(line: str, point: re.Match[str]) -> str:
    directive = _DIRECTIVE.search(point[2])
    if directive is None:
        return line
    return f"{line[: point.start(2) + directive.start()].rstrip()} # {directive[1].upper()}"


REPORT = ReportFormat(
    name="tap",
    title="TAP",
    page="https://testanything.org/tap-version-14-specification.html",
    content_type="text/plain",
    read=read,
    events=events,
)
