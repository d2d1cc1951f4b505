"""Which configuration a command works with."""

from collections.abc import Callable
from pathlib import Path

from deploy.cli import DATA
from deploy.configuration import DEFAULT_PATH, load
from deploy.endpoints import EFFECTIVE, last_origin
from schemas.config import Config


def config_of(config: Path | None, data: Path, load: Callable[[Path | None], Config] = load) -> Config:
    """The configuration named, else that of the stack running in `data`, else ./pipegauge.yaml, else the defaults.

    `load` reads it. Raises schemas.config_text.ConfigError.
    """
    if config is None and (data / EFFECTIVE).exists():
        return load(data / EFFECTIVE)
    loaded = load(config or (DEFAULT_PATH if DEFAULT_PATH.exists() else None))
    return loaded if data == DATA else loaded.model_copy(update={"data": data})


def own_file(data: Path) -> Path | None:
    """The user's own configuration, as it is now: what the stack running in `data` was started with, else
    ./pipegauge.yaml, else none."""
    started_with = last_origin(data) if (data / EFFECTIVE).exists() else None
    return started_with or (DEFAULT_PATH if DEFAULT_PATH.exists() else None)
