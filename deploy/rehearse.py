"""Reads a file of timelines and the rules it is about, and plays the one against the other."""

from pathlib import Path

from deploy.configuration import DEFAULT_PATH, load
from schemas.catalog import Catalog
from stream_processors.alerting.rehearsal import mismatches
from stream_processors.alerting.timeline import TimelineError, TimelineFile, parse_timelines


def rehearse(file: Path, config: Path | None) -> tuple[list[str], int]:
    """What is not as expected, and how many timelines were played.

    The rules are those of `config`, else of the file that the timelines name, else of ./pipegauge.yaml. Raises
    TimelineError and schemas.config_text.ConfigError.
    """
    timelines = _read(file)
    chosen = config or (file.parent / timelines.config if timelines.config else DEFAULT_PATH)
    loaded = load(chosen)
    catalog = Catalog(loaded.services)
    wrong: list[str] = []
    for timeline in timelines.tests:
        try:
            board, every_s = timelines.board, timelines.evaluation_interval
            wrong += mismatches(timeline, loaded.alerts, catalog, every_s, board)
        except TimelineError as error:
            raise TimelineError(f"{file}: {timeline.name}: {error}") from error
    return wrong, len(timelines.tests)


def _read(file: Path) -> TimelineFile:
    try:
        return parse_timelines(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:  # absent, a folder, not text: the user's to put right
        raise TimelineError(f"{file}: cannot be read: {error}; name a file of timelines") from error
    except TimelineError as error:
        raise TimelineError("\n".join(f"{file}: {line}" for line in str(error).splitlines())) from error
