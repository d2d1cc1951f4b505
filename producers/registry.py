"""Which sources there are: found by presence in producers.sources, or as entry points of installed packages."""

import re
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import iter_modules

from producers import sources
from producers.source import Source, UnknownSource

ENTRY_POINTS = "pipegauge.sources"
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def source_names() -> list[str]:
    """The names of all sources."""
    own = {module.name.replace("_", "-") for module in iter_modules(sources.__path__)}
    return sorted(own | {point.name for point in entry_points(group=ENTRY_POINTS)})


def is_source_name(name: str) -> bool:
    """Whether `name` can be a source's, and so a part of its address."""
    return _NAME.fullmatch(name) is not None


@cache
def find_source(name: str) -> Source:
    """The source of that name. Raises UnknownSource, which names those there are."""
    if is_source_name(name) and name in source_names():
        for point in entry_points(group=ENTRY_POINTS, name=name):
            found: Source = point.load()
            return found
        own: Source = import_module(f"producers.sources.{name.replace('-', '_')}").SOURCE
        return own
    raise UnknownSource(f"there is no source {name!r}; there are {', '.join(source_names())}")


def module_of(name: str) -> str:
    """The module that the source of that name comes from. Raises UnknownSource."""
    find_source(name)
    for point in entry_points(group=ENTRY_POINTS, name=name):
        return point.module
    return f"producers.sources.{name.replace('-', '_')}"
