"""Times that cannot be stored are refused where an event is made, not where its row is: a 202 promises a row."""

from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from schemas.model import CommitTime, Moment

MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)
COMMIT_TIME: TypeAdapter[datetime] = TypeAdapter(CommitTime)


@pytest.mark.parametrize("text", ["1970-01-01T00:00:00Z", "2069-12-31T23:59:59.999Z"])
def test_the_first_and_the_last_moment_are_kept(text: str) -> None:
    assert MOMENT.validate_python(text) == datetime.fromisoformat(text)


@pytest.mark.parametrize(
    "text", ["1969-12-31T23:59:59Z", "2070-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+01:00"]
)
def test_a_moment_that_no_table_can_hold_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="outside the years 1970 to 2069"):
        MOMENT.validate_python(text)


def test_a_commit_bears_whatever_time_its_authors_machine_had() -> None:
    assert COMMIT_TIME.validate_python("1901-12-13T20:45:52Z") == datetime(1901, 12, 13, 20, 45, 52, tzinfo=UTC)
