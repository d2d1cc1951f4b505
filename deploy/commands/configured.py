"""Which configuration a command works with."""

from collections.abc import Callable
from pathlib import Path

from deploy.cli import DATA
from deploy.configuration import load
from deploy.endpoints import EFFECTIVE, last_origin
from schemas.config import Config


def config_of(config: Path | None, data: Path, load: Callable[[Path | None], Config] = load) -> Config:
    """The configuration named, else that of the stack running in `data`, else ./pipegauge.yaml, else the defaults.

    `load` reads it. Raises schemas.config_text.ConfigError.
    """
    if config is None and (data / EFFECTIVE).exists():
        return load(data / EFFECTIVE)
    loaded = load(config)
    return loaded if data == DATA else loaded.model_copy(update={"data": data})


def own_file(data: Path) -> Path | None:
    """The file that the stack running in `data` was started with, as it is now; None where none runs, or had none."""
    return last_origin(data) if (data / EFFECTIVE).exists() else None
