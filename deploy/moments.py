"""Moments as people give them on the command line."""

from datetime import UTC, datetime, timedelta

from schemas.section import seconds_of


class NoMoment(ValueError):
    """What was given is no moment: one line saying how to write it."""


def moment_of(text: str, now: datetime) -> datetime:
    """The moment of `2026-03-01`, `2026-03-01T10:00:00Z`, or so long ago as `30m`, `12h` or `7d` says.

    One without an offset is in UTC. Raises NoMoment.
    """
    try:
        seconds = seconds_of(text)
    except ValueError:  # no duration: it may be a time
        seconds = None
    try:
        if isinstance(seconds, int):
            return now - timedelta(seconds=seconds)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):  # no time, or one before there were years
        raise NoMoment(f"{text!r} is no moment; write 2026-03-01, 2026-03-01T10:00:00Z, or 7d for a week ago") from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
