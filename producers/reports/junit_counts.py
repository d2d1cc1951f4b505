"""What a JUnit report comes to: how many tests, with which results, and when. Pure.

Cases are counted, wherever they stand; the numbers that a suite says of itself are taken only where it lists no case at
all, for they often count reruns, or the suites around it.

A test that was run again is one test with the result of its last attempt; one that passed at last is flaky. Surefire,
Failsafe, nextest, Playwright and Gradle (mergeReruns) put the earlier attempts into the case, as <flakyFailure> where
it passed at last and <rerunFailure> where it did not. Gradle's retry without merging, gotestsum and others list a case
for each attempt, all but the last with a failure. pytest-rerunfailures and flaky list one for each attempt too, where
the earlier ones may hold nothing: within a suite of pytest no two tests have one name.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple, cast
from xml.etree.ElementTree import Element

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from producers.xml_strict import local_name

_NOT_RUN = frozenset({"notrun", "disabled", "skipped", "pending", "ignored", "suppressed"})
_LONGEST = timedelta(days=7)
_YEAR_OF_JUNIT = 2000  # runners that know no time write 1970


class Counts(NamedTuple):
    """total = passed + failed + errored + skipped; `flaky` are those of the passed that passed only when run again.

    `name` and times are None where the report does not say them.
    """

    passed: int
    failed: int
    errored: int
    skipped: int
    flaky: int = 0
    name: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def total(self) -> int:
        """All tests."""
        return self.passed + self.failed + self.errored + self.skipped


def counted(root: Element) -> Counts:
    """The counts of a report whose root is <testsuites> or <testsuite>."""
    report: Any = JUnitXml.fromroot(cast("Any", root))
    suites: list[Any] = list(report)
    results = _results(report.iterchildren(TestCase), False)
    said: list[Counts] = []
    for suite in suites:
        cases = list(suite)
        results += _results(cases, _is_of_pytest(suite))
        if not cases:
            said.append(_said_by(suite))
    if not suites and not results:
        said.append(_said_by(report))
    tally = Counter(result for result, _ in results)
    passed, failed, errored, skipped = (tally[kind] + sum(getattr(one, kind) for one in said) for kind in _RESULTS)
    name = root.get("name") or (suites[0].name if len(suites) == 1 else None)
    flaky = sum(is_flaky for _, is_flaky in results)
    return Counts(passed, failed, errored, skipped, flaky, name, *_times(suites))


_RESULTS = ("passed", "failed", "errored", "skipped")


def _results(cases: Iterable[Any], all_alike_are_attempts: bool) -> list[tuple[str, bool]]:
    """The result of each test, and whether it passed only when it was run again."""
    results: list[tuple[str, bool]] = []
    attempts: dict[tuple[str, str], list[tuple[str, bool]]] = {}
    for case in cases:
        found = _result(case), _passed_at_last(case)
        name, classname = case._elem.get("name"), case._elem.get("classname")
        if name and classname:
            attempts.setdefault((classname, name), []).append(found)
        else:
            results.append(found)
    for alike in attempts.values():
        *earlier, (result, is_flaky) = alike
        if earlier and result != "skipped" and (all_alike_are_attempts or all(one in _BROKEN for one, _ in earlier)):
            results.append((result, is_flaky or result == "passed"))
        else:
            results += alike
    return [(result, is_flaky and result == "passed") for result, is_flaky in results]


_BROKEN = ("failed", "errored")


def _passed_at_last(case: Any) -> bool:
    return any(local_name(inner) in ("flakyFailure", "flakyError") for inner in case._elem)


def _is_of_pytest(suite: Any) -> bool:
    return bool(suite._elem.get("name") == "pytest")


def _result(case: Any) -> str:
    """A case with several results failed, else broke, else was skipped: it is counted once."""
    kinds = {type(result) for result in case.result}
    for kind, result in ((Failure, "failed"), (Error, "errored"), (Skipped, "skipped")):
        if kind in kinds:
            return result
    status = {str(case._elem.get(name, "")).lower() for name in ("status", "result")}
    return "skipped" if status & _NOT_RUN else "passed"


def _said_by(suite: Any) -> Counts:
    inner = list(suite.iterchildren(TestSuite))
    failed, errored, skipped = (_number(suite, name) for name in ("failures", "errors", "skipped"))
    total = _number(suite, "tests")
    if not total and inner:
        parts = [_said_by(one) for one in inner]
        passed, failed, errored, skipped = (sum(getattr(part, kind) for part in parts) for kind in _RESULTS)
        return Counts(passed, failed, errored, skipped)
    return Counts(max(0, total - failed - errored - skipped), failed, errored, skipped)


def _number(suite: Any, name: str) -> int:
    said = suite._elem.get(name, "")  # junitparser's own attributes write into the tree they read
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 0


def _times(suites: Iterable[Any]) -> tuple[datetime | None, datetime | None]:
    """When the first suite began and the last one ended."""
    spans = [span for suite in suites for span in _spans(suite)]
    if not spans:
        return None, None
    return min(begin for begin, _ in spans), max(end for _, end in spans)


def _spans(suite: Any) -> Iterator[tuple[datetime, datetime]]:
    began = _moment(suite.timestamp)
    if began is not None:
        yield began, began + _duration(suite)
    for inner in suite.iterchildren(TestSuite):
        yield from _spans(inner)


def _duration(suite: Any) -> timedelta:
    try:
        took = timedelta(seconds=float(suite._elem.get("time", "0").replace(",", "")))
    except (ValueError, OverflowError):  # no number, or none that a clock could have measured
        return timedelta()
    return took if timedelta() <= took <= _LONGEST else timedelta()


def _moment(text: str | None) -> datetime | None:
    """A suite's time, in UTC where it has no offset; None for what is no time, or one of before there was JUnit."""
    for read in _READERS:
        try:
            moment = read((text or "").removesuffix(" UTC"))
        except (ValueError, TypeError, OverflowError):  # another reader may know the form
            continue
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        return moment if moment.year >= _YEAR_OF_JUNIT else None
    return None


_READERS: tuple[Callable[[str], datetime], ...] = (datetime.fromisoformat, parsedate_to_datetime)
