"""Tests that were run again, in the dialects that tell of it: each is one test, and flaky where it passed at last."""

import pytest

from schemas.events import TestsReported
from tests.producers.reports.reading import only, reading

F, OK = "<failure/>", ""


def told(body: str) -> TestsReported:
    return only(TestsReported, reading("junit", body.encode()))


def of_attempts(*results: str, suite: str = "CartTest", name: str = "adds", classname: str = "acme.CartTest") -> str:
    cases = "".join(f'<testcase classname="{classname}" name="{name}">{result}</testcase>' for result in results)
    return f'<testsuite name="{suite}">{cases}</testsuite>'


def counts(body: str) -> dict[str, int]:
    found = told(body).model_dump()
    return {name: found[name] for name in ("passed", "failed", "errored", "skipped", "flaky") if found[name]}


def test_surefire_playwright_and_merged_gradle_put_earlier_attempts_into_the_case() -> None:
    assert counts(of_attempts("<flakyFailure/><flakyError/>")) == {"passed": 1, "flaky": 1}
    assert counts(of_attempts("<failure/><rerunFailure/><rerunError/>")) == {"failed": 1}
    assert counts(of_attempts("<error/><flakyFailure/>")) == {"errored": 1}, "a failure in the end is no flake"


def test_gradle_lists_each_attempt() -> None:
    assert counts(of_attempts(F, F, OK)) == {"passed": 1, "flaky": 1}
    assert counts(of_attempts(F, "<error/>", F)) == {"failed": 1}
    assert told(of_attempts(F, OK)).outcome == "success"


def test_pytest_lists_each_attempt_and_earlier_ones_may_hold_nothing() -> None:
    assert counts(of_attempts(OK, OK, F, suite="pytest")) == {"failed": 1}
    assert counts(of_attempts(OK, OK, suite="pytest")) == {"passed": 1, "flaky": 1}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(of_attempts(OK, F), id="a failure behind a pass"),
        pytest.param(of_attempts(F, OK, classname=""), id="no class"),
        pytest.param(of_attempts(F, OK, name=""), id="no name"),
    ],
)
def test_cases_that_only_look_alike_are_two(body: str) -> None:
    assert counts(body) == {"passed": 1, "failed": 1}


def test_cases_alike_that_all_passed_or_were_skipped_at_last_are_told_apart() -> None:
    assert counts(of_attempts(OK, OK)) == {"passed": 2}
    assert counts(of_attempts(F, "<skipped/>")) == {"failed": 1, "skipped": 1}


def test_the_same_name_in_two_suites_is_two_tests() -> None:
    assert counts(f"<testsuites>{of_attempts(F)}{of_attempts(OK)}</testsuites>") == {"passed": 1, "failed": 1}
