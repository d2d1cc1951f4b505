"""What a change of state becomes in ClickHouse's table `alerts`, with the title of its message. Pure."""

from typing import Any

import orjson

from schemas.alerts import Alert
from stream_processors.alerting.wording import message
from stream_processors.row_fields import integer_of, milliseconds_of, number_of, number_or_none, text_of, uuid_of


def alert_row(value: bytes) -> tuple[Any, ...]:
    """The columns of stream_processors.rows.COLUMNS, the record's place left out.

    Raises NotARow, and what is raised for a record that is no alert at all (KeyError, ValueError, TypeError).
    """
    alert = orjson.loads(value)
    return (
        text_of(alert, "rule"),
        text_of(alert["scope"], "kind"),
        text_of(alert["scope"], "name"),
        text_of(alert, "part"),
        uuid_of(alert["id"], "id"),
        integer_of(alert, "number", 63),
        text_of(alert, "state"),
        text_of(alert, "metric"),
        text_of(alert, "window"),
        text_of(alert, "statistic") or "value",
        number_or_none(alert, "value"),
        number_of(alert, "threshold"),
        text_of(alert, "operator"),
        integer_of(alert, "sample_size", 63),
        milliseconds_of(alert["since"], "since"),
        milliseconds_of(alert["at"], "at"),
        text_of(alert, "severity"),
        text_of(alert, "route"),
        *(alert.get(name) is True for name in ("absent", "withdrawn", "muted")),
        text_of(alert, "summary"),
        message(Alert.model_validate(alert), "").title,
    )
