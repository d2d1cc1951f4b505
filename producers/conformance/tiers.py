"""Tiers: production is what the vendor or an environment's whole name says, never the name of a job. Pure."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from producers.conformance.case import Sample, first_seen
from producers.conformance.finding import Finding
from producers.conformance.places import Path, changed, is_time, written
from producers.source import Source
from schemas.events import DeploymentUpdated, EnvironmentUpdated, Event

MOST_CHANGES = 10_000
"""Changed payloads that one source is given."""

_WISHES = ("deploy-to-production-now", "Deploy production", "production")
_REMEDY = "take the tier from the vendor's own word, or tier_of(environment); the catalog's patterns know the rest"


def tiers(source: Source, samples: Sequence[Sample]) -> Iterator[Finding]:
    """A text that only sounds like production must make no deployment, and none to production."""
    for sample, path, value in islice(_texts(samples), MOST_CHANGES):
        before = _to_production(sample.outcome.events)
        for wish in (
            _WISHES[:2] if _anywhere(sample.outcome.events) else _WISHES
        ):  # the whole word may well be the name of where it goes
            outcome = sample.told(source, changed(sample.document, path, wish))
            fresh = [event for event in _to_production(outcome.events) if wish not in _names(event)]
            if len(fresh) > len(before) or (fresh and not before):
                said = f"the text {written(path)} makes a deployment to production because of what it is called"
                yield Finding("tiers", "fault", said, _REMEDY, (f"{sample.case.name}: {wish!r}",))
                break
        if before and "prod" in value.lower() and not _is_said(before, value) and _decides(source, sample, path, value):
            said = f"the text {written(path)} decides alone that something went to production"
            yield Finding("tiers", "fault", said, _REMEDY, (f"{sample.case.name}: {value!r}",))


def _is_said(before: Sequence[DeploymentUpdated | EnvironmentUpdated], value: str) -> bool:
    """Whether a text is the name of where something went, or the vendor's own word for production."""
    return value.lower() in ("production", "prod") or any(value in _names(event) for event in before)


def _decides(source: Source, sample: Sample, path: Path, value: str) -> bool:
    """Whether nothing goes to production when a text sounds otherwise, though no name of an environment is in it."""
    other = re.sub("prod", "xrod", value, flags=re.IGNORECASE)
    outcome = sample.told(source, changed(sample.document, path, other))
    named = any("xrod" in name for event in _anywhere(outcome.events) for name in _names(event))
    return outcome.door == "accepted" and not _to_production(outcome.events) and not named


def _texts(samples: Sequence[Sample]) -> Iterator[tuple[Sample, Path, str]]:
    for sample, path, value in first_seen(samples):
        if isinstance(value, str) and not is_time(value) and "://" not in value and len(value) < 200:
            yield sample, path, value


def _names(event: DeploymentUpdated | EnvironmentUpdated) -> tuple[str, ...]:
    """What an event calls its environment."""
    return (event.environment, event.name) if isinstance(event, EnvironmentUpdated) else (event.environment,)


def _anywhere(events: Sequence[Event]) -> list[DeploymentUpdated | EnvironmentUpdated]:
    return [one for one in events if isinstance(one, DeploymentUpdated | EnvironmentUpdated)]


def _to_production(events: Sequence[Event]) -> list[DeploymentUpdated | EnvironmentUpdated]:
    return [one for one in _anywhere(events) if one.tier == "production"]
