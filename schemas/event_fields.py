"""The fields of canonical events by their dotted names, as a mapping of pipegauge.yaml fills them. Pure."""

from collections.abc import Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Any, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel

from schemas.events import Event, EventBase

_MADE_BY_US = ("id", "type", "received_at", "history")

# What tells one fact from another, beside its origin and its time: the rest of an event says how the fact is.
_KEYS: Mapping[str, tuple[str, ...]] = {
    "CommitsPushed": ("branch", "after"),
    "ChangeUpdated": ("change", "action"),
    "ReviewSubmitted": ("change", "review", "state"),
    "ChangeCommented": ("change", "comment"),
    "RunUpdated": ("pipeline", "run", "attempt", "state"),
    "TaskUpdated": ("run", "attempt", "task", "state"),
    "GateEvaluated": ("gate", "evaluation", "sha", "outcome"),
    "DeploymentUpdated": ("environment", "deployment", "state"),
    "TicketUpdated": ("ticket", "action"),
    "TestsReported": ("name", "report", "state"),
    "FindingsReported": ("tool", "report", "state"),
    "ArtifactPublished": ("artifact", "action"),
    "EnvironmentUpdated": ("environment", "action"),
    "IncidentUpdated": ("incident", "state"),
}


class EventField(NamedTuple):
    """A field of an event. `annotation` is its type without None; `required` means that a mapping must say it.

    `may_be_null` is a field that an event must name, if only to say that there is none.
    """

    annotation: Any
    required: bool
    may_be_null: bool


@cache
def event_types() -> dict[str, type[EventBase]]:
    """The canonical events by name."""
    return {model.model_fields["type"].default: model for model in get_args(get_args(Event)[0])}


@cache
def fields_of(type_: str) -> dict[str, EventField]:
    """What a mapping may say of an event, by dotted name: `run`, `origin.repository`, `links.sha`, `actor.id`."""
    return dict(_fields(event_types()[type_], "", True))


def keys_of(type_: str) -> tuple[str, ...]:
    """The fields that tell one fact of this type from another, beside origin and time."""
    return _KEYS[type_]


def _fields(model: type[BaseModel], before: str, needed: bool) -> "list[tuple[str, EventField]]":
    found: list[tuple[str, EventField]] = []
    for name, field in model.model_fields.items():
        if not before and name in _MADE_BY_US:
            continue
        annotation, nullable = without_none(field.annotation)
        required = field.is_required() and not nullable
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            found += _fields(annotation, f"{before}{name}.", False)
        else:
            has_default = name in ("attempt", "source")  # 1; the URN of the source in pipegauge.yaml
            found.append(
                (
                    before + name,
                    EventField(
                        annotation, needed and required and not has_default, needed and nullable and field.is_required()
                    ),
                )
            )
    return found


def without_none(annotation: Any) -> tuple[Any, bool]:
    """`annotation` without None, and whether None was among it."""
    if get_origin(annotation) in (Union, UnionType):
        others = [one for one in get_args(annotation) if one is not NoneType]
        return others[0], True
    return annotation, False
