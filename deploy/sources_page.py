"""The reference of sources: whom pipegauge hears, how to make them send, and what becomes of each event."""

import json
from collections.abc import Iterable, Mapping, Sequence
from textwrap import fill

from deploy.conformance.fixtures import OF_THIS_CHECKOUT
from producers.source import path_of
from producers.vendor import Vendor
from schemas.events import (
    ChangeCommented,
    ChangeUpdated,
    CommitsPushed,
    DeploymentUpdated,
    EventBase,
    GateEvaluated,
    ReviewSubmitted,
    RunUpdated,
    TaskUpdated,
)
from stream_processors.metric import Metric, Reads

GATEWAY = "https://YOUR-GATEWAY"
READ_FROM: Mapping[Reads, tuple[type[EventBase], ...]] = {
    "change": (CommitsPushed, ChangeUpdated, ReviewSubmitted, ChangeCommented, DeploymentUpdated),
    "run": (RunUpdated, TaskUpdated),
    "gate": (GateEvaluated,),
}
"""The events that each record is made of which metrics read."""
_INTRODUCTION = (
    "Each source is a file or folder in `producers/sources`, found by its presence. Name it under `sources:` in "
    "pipegauge.yaml with a secret, and have the vendor post to its address. An event that is ignored is kept raw and "
    "answered 202; one that is neither mapped nor ignored becomes a dead letter. Values at the paths that are hashed "
    "never leave the gateway as they came.",
    "A sender that is not here is mapped in `pipegauge.yaml`, and test reports are posted to `/reports/junit`: "
    "[integrate.md](integrate.md) tells how. [adding-a-source.md](adding-a-source.md) makes a source of captured "
    "payloads in 15 minutes.",
)


def sources_page(sources: Sequence[Vendor], metrics: Iterable[Metric]) -> list[str]:
    """The blocks of the page."""
    by_type = _metrics_by_type(metrics)
    rows = ["| source | of | address | events | become |", "|---|---|---|---|---|"]
    for source in sources:
        types = _types_of(source)
        become = ", ".join(sorted({type_ for found in types.values() for type_ in found})) or "none"
        counts = f"{len(source.handles)} mapped, {len(source.ignores)} ignored"
        rows.append(
            f"| [`{source.name}`](#{source.name}) | {source.title} | `{path_of(source)}` | {counts} | {become} |"
        )
    sections = [block for source in sources for block in _section(source, by_type)]
    return ["# Sources", *map(_wrapped, _INTRODUCTION), "\n".join(rows), *sections]


def _section(source: Vendor, by_type: Mapping[str, Sequence[str]]) -> list[str]:
    types = _types_of(source)
    personal = ", ".join(f"`{path}`" for path in sorted(source.personal)) or "nothing"
    return [
        f"## {source.name}",
        f"[{source.title}]({source.page}) posts to `{path_of(source)}`.",
        _setup(source),
        _wrapped(f"Verified: {source.proof.told}."),
        _heard(source, types),
        *_ignored(source),
        _fed({type_ for found in types.values() for type_ in found}, by_type),
        _wrapped(f"Hashed: {personal}."),
    ]


def _setup(source: Vendor) -> str:
    """The steps, numbered, with an address that anybody can see is to be replaced."""
    steps = [_addressed(step, f"{GATEWAY}{path_of(source)}") for step in source.setup.splitlines()]
    return "\n".join(
        fill(f"{number}. {step}", 120, subsequent_indent="   ", break_long_words=False, break_on_hyphens=False)
        for number, step in enumerate(steps, start=1)
    )


def _addressed(step: str, url: str) -> str:
    """The step with the hook's address, as code, whether or not it stands in code already."""
    before, mark, after = step.partition("{url}")
    quote = "" if not mark or before.count("`") % 2 else "`"
    return f"{before}{quote}{url}{quote}{_addressed(after, url)}" if mark else before


def _heard(source: Vendor, types: Mapping[str, Sequence[str]]) -> str:
    rows = [f"| `{event}` | {', '.join(types.get(event, ())) or 'none'} |" for event in sorted(source.handles)]
    return "\n".join(["| event | becomes |", "|---|---|", *rows])


def _ignored(source: Vendor) -> list[str]:
    by_reason: dict[str, list[str]] = {}
    for event, reason in sorted(source.ignored.items()):
        by_reason.setdefault(reason, []).append(f"`{event}`")
    items = [
        fill(f"- {reason}: {', '.join(events)}", 120, subsequent_indent="  ", break_on_hyphens=False)
        for reason, events in sorted(by_reason.items())
    ]
    return ["Ignored, because", "\n".join(items)] if items else []


def _fed(types: Iterable[str], by_type: Mapping[str, Sequence[str]]) -> str:
    """The metrics that the events feed; those that no metric reads are stored all the same."""
    told = sorted(types)
    fed = sorted({name for type_ in told for name in by_type.get(type_, ())})
    unread = [type_ for type_ in told if type_ not in by_type]
    links = ", ".join(f"[{name}](metrics.md#{name})" for name in fed) or "no metric"
    return _wrapped(f"Feeds {links}." + (f" Stored, but read by no metric: {', '.join(unread)}." if unread else ""))


def _types_of(source: Vendor) -> dict[str, list[str]]:
    """The types of event that each event of the vendor becomes in its fixtures."""
    found: dict[str, set[str]] = {}
    for file in sorted((OF_THIS_CHECKOUT / source.name).glob("*/*.events.json")):
        told = {event["type"] for event in json.loads(file.read_text("utf-8"))}
        found.setdefault(file.parent.name, set()).update(told)
    return {event: sorted(types) for event, types in found.items()}


def _metrics_by_type(metrics: Iterable[Metric]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for metric in metrics:
        for event in READ_FROM[metric.reads]:
            found.setdefault(event.__name__, []).append(metric.name)
    return found


def _wrapped(text: str) -> str:
    return fill(text, 120, break_long_words=False, break_on_hyphens=False)
