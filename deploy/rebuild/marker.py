"""Says that a rebuild was begun and has not ended: until it has, nothing else may work on what is half made."""

from datetime import UTC, datetime
from pathlib import Path

FILE = "rebuilding"


class RebuildUnfinished(RuntimeError):
    """A rebuild was begun and broke off: one line saying what to do."""


def begin(data: Path) -> None:
    """Note that a rebuild has begun; a second beginning keeps the time of the first."""
    data.mkdir(parents=True, exist_ok=True)
    if begun(data) is None:
        (data / FILE).write_text(datetime.now(UTC).isoformat(timespec="seconds"), encoding="ascii")


def end(data: Path) -> None:
    """Note that it has ended well."""
    (data / FILE).unlink(missing_ok=True)


def begun(data: Path) -> str | None:
    """When a rebuild that has not ended was begun."""
    try:
        return (data / FILE).read_text(encoding="ascii")
    except FileNotFoundError:  # the usual case
        return None


def refuse_unfinished(data: Path) -> None:
    """Raises RebuildUnfinished where a rebuild broke off: its numbers are not whole, and would set off alerts."""
    since = begun(data)
    if since is not None:
        raise RebuildUnfinished(
            f"a rebuild was begun in {data} at {since} and has not ended; run `pipegauge rebuild` again"
        )
