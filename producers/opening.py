"""The sources that a configuration opens: those of pipegauge, those it describes itself, and formats of reports."""

from collections.abc import Callable

from producers.mapping import MappedSource
from producers.registry import find_source, is_source_name, source_names
from producers.reports.formats import FORMATS
from producers.reports.posted import PostedReport
from producers.source import OpenSource, Source
from producers.sources.ci import StepSource, step_source
from schemas.config import Config
from schemas.deliveries import Secret

Place = tuple[int | str, ...]

RECONCILABLE = ("github", "gitlab")
"""Sources whose vendors can be asked for what they could not deliver: see producers.reconciling."""


def open_sources(config: Config, resolve: Callable[[str], str]) -> dict[str, OpenSource]:
    """The configured sources by name. Raises UnknownSource, or LookupError for a secret that cannot be read."""
    return {
        name: OpenSource(source_of(name, config), settings, [Secret(resolve(one).encode()) for one in settings.secrets])
        for name, settings in config.sources.items()
    }


def source_of(name: str, config: Config) -> Source:
    """The source `name` as it is configured, or by itself where it is not. Raises UnknownSource."""
    settings = config.sources.get(name)
    if settings is not None and settings.mapping is not None:
        return MappedSource(name, settings.mapping, settings.signature)
    if name in FORMATS:
        return PostedReport(FORMATS[name], settings.headers if settings else None, config.reports)
    found = find_source(name)
    return step_source(config.reports) if isinstance(found, StepSource) else found


def faults(config: Config) -> list[tuple[Place, str, str]]:
    """What is wrong with the names under `sources:`: the place in the file, what it is, and what to do."""
    found: list[tuple[Place, str, str]] = []
    ours = {*source_names(), *FORMATS}
    for name, settings in config.sources.items():
        if settings.mapping is not None and name in ours:
            found.append((("sources", name, "mapping"), f"{name} is a source that pipegauge has", "rename yours"))
        elif settings.mapping is not None and not is_source_name(name):
            found.append((("sources", name), f"{name!r} cannot be a part of an address", "use a-z, 0-9 and -"))
        elif settings.mapping is None and name not in ours:
            remedy = f"use one of {', '.join(sorted(ours))}, or add a `mapping:`"
            found.append((("sources", name), f"there is no source {name!r}", remedy))
        elif settings.headers is not None and name not in FORMATS:
            found.append((("sources", name, "headers"), f"{name} takes no `headers:`", "remove it"))
        elif settings.api is not None and name not in RECONCILABLE:
            found.append((("sources", name, "api"), f"{name} cannot be reconciled by an API", "remove it"))
    return found
