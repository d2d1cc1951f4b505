"""TAP streams: what is counted, what is skipped, and what broke off."""

import pytest

from producers.reports.tap import NotTap
from schemas.events import TestsReported
from tests.producers.reports.reading import CORPUS, needs_corpus, only, reading


def told(body: str) -> TestsReported:
    return only(TestsReported, reading("tap", body.encode()))


def counts(body: str) -> tuple[int, int, int, int, int, str | None]:
    found = told(body)
    return found.total, found.passed, found.failed, found.errored, found.skipped, found.outcome


def test_test_points_are_counted() -> None:
    assert counts("TAP version 14\n1..3\nok 1 - adds\nnot ok 2 - removes\nok\n") == (3, 2, 1, 0, 0, "failure")


def test_skipped_and_known_to_fail_are_no_failures_and_a_todo_that_passes_has_passed() -> None:
    body = (
        "1..5\nok 1 # SKIP no database\nnot ok 2 # skip\nnot ok 3 sums # TODO later\nok 4 # todo done\nok 5 \\# skip\n"
    )
    assert counts(body) == (5, 2, 0, 0, 3, "success")


def test_a_plan_of_nothing_is_skipped() -> None:
    assert counts("1..0 # SKIP no network\n") == (0, 0, 0, 0, 0, "skipped")


def test_what_was_planned_and_never_came_is_an_error() -> None:
    assert counts("1..4\nok 1\nok 2\n") == (4, 2, 0, 2, 0, "error")
    assert counts("1..4\nok 1\nnot ok 2\nBail out! disk full at /home/ann\n") == (4, 1, 1, 2, 0, "failure")
    assert counts("ok 1\nBail out!\n") == (1, 1, 0, 0, 0, "error")


def test_more_than_was_planned_is_an_error() -> None:
    assert counts("1..1\nok 1\nok 2\n") == (2, 2, 0, 0, 0, "error")


def test_a_subtest_is_told_by_the_test_point_behind_it() -> None:
    body = "1..1\n# Subtest: cart\n    1..2\n    ok 1\n    not ok 2\nnot ok 1 - cart\n"
    assert counts(body) == (1, 0, 1, 0, 0, "failure")


def test_a_stream_that_is_indented_as_a_whole_is_read() -> None:
    assert counts("   TAP version 13\n   1..2\n   ok 1\n   not ok 2\n      ---\n      a: b\n      ...\n")[:3] == (
        2,
        1,
        1,
    )


def test_what_looks_like_a_result_within_a_block_of_yaml_is_none() -> None:
    body = "1..2\nok 1\n  ---\n  output: |\n    not ok 7\nok 9\n    ...\n  ...\nok: 3\nok 2\n"
    assert counts(body)[:3] == (2, 2, 0)
    assert counts("1..2\nok 1\n  ---\n  a: b\n...\nnot ok 2\n")[:3] == (2, 1, 1), (
        "an end that is less indented ends it too"
    )


def test_diagnostics_and_reasons_are_not_kept_and_what_is_kept_gives_the_same_event() -> None:
    body = b"""TAP version 14
1..3
# ann ran it
ok 1 - adds # SKIP by ann
not ok 2 - sums
  ---
  by: ann
  ...
Bail out! ann
"""
    first = reading("tap", body)
    assert b"ann" not in first.stored_body
    assert b"adds" in first.stored_body
    again = reading("tap", first.stored_body)
    assert (again.stored_body, again.events) == (first.stored_body, first.events)


@pytest.mark.parametrize("body", [b"", b"<html/>", b"okay then\nnothing", b"# only a remark", b"1..999999999"])
def test_what_has_neither_a_test_point_nor_a_sane_plan_is_refused(body: bytes) -> None:
    with pytest.raises(NotTap):
        reading("tap", body)


@needs_corpus
def test_real_streams_are_understood() -> None:
    files = sorted((CORPUS / "reports-tap").glob("*/*.tap"))
    assert files
    for file in files:
        found = reading("tap", file.read_bytes())
        event = only(TestsReported, found)
        assert event.total == event.passed + event.failed + event.errored + event.skipped, file
        assert reading("tap", found.stored_body).events == found.events, file
