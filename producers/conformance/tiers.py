"""Tiers: production is what the vendor or an environment's whole name says, never the name of a job. Pure."""

from collections.abc import Iterator, Sequence
from itertools import islice

from producers.conformance.case import Sample
from producers.conformance.finding import Finding
from producers.conformance.places import changed, is_time, leaves, written
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
        if before and "prod" in value.lower() and not any(value in _names(event) for event in before):
            outcome = sample.told(source, changed(sample.document, path, "fine weather"))
            # Where the environment went too, the text holds its name.
            same = {_names(event) for event in before} <= {_names(event) for event in _anywhere(outcome.events)}
            if outcome.door == "accepted" and same and not _to_production(outcome.events):
                said = f"the text {written(path)} decides alone that something went to production"
                if value.lower() not in ("production", "prod"):
                    yield Finding("tiers", "fault", said, _REMEDY, (f"{sample.case.name}: {value!r}",))


def _texts(samples: Sequence[Sample]) -> Iterator[tuple[Sample, tuple[str | int, ...], str]]:
    for sample in samples:
        for path, value in leaves(sample.document):
            if isinstance(value, str) and not is_time(value) and "://" not in value and len(value) < 200:
                yield sample, path, value


def _names(event: DeploymentUpdated | EnvironmentUpdated) -> tuple[str, ...]:
    """What an event calls its environment."""
    return (event.environment, event.name) if isinstance(event, EnvironmentUpdated) else (event.environment,)


def _anywhere(events: Sequence[Event]) -> list[DeploymentUpdated | EnvironmentUpdated]:
    return [one for one in events if isinstance(one, DeploymentUpdated | EnvironmentUpdated)]


def _to_production(events: Sequence[Event]) -> list[DeploymentUpdated | EnvironmentUpdated]:
    return [one for one in _anywhere(events) if one.tier == "production"]
