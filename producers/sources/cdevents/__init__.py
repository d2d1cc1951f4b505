"""CDEvents, bare or in CloudEvents, of any release from 0.3 on. https://cdevents.dev/docs/

Handled by subject and predicate, whatever the version of the type: fields that a release lacks are optional here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from producers.payload import Payload
from producers.proof import Credential, FirstPresent, StandardWebhook
from producers.source import unknown_event
from producers.sources.cdevents import changes, operations, runs, testing
from producers.sources.cdevents.context import Context, context_of
from producers.sources.cdevents.envelope import BATCH, events_in, is_batch, name_of
from producers.sources.cdevents.ignored import IGNORED
from producers.sources.cdevents.naming import TypeOfEvent
from producers.sources.cdevents.personal import PERSONAL
from producers.vendor import Told, Vendor
from schemas.deliveries import Delivery
from schemas.events import Event

_SUBJECTS: Mapping[tuple[str, ...], Mapping[str, Callable[[Context], list[Event]]]] = {
    ("queued", "started", "finished"): {
        "pipelinerun": runs.pipeline_run,
        "build": runs.build,
        "testcaserun": testing.case_run,
        "testsuiterun": testing.suite_run,
    },
    ("started", "finished"): {"taskrun": runs.task_run},
    ("skipped",): {"testcaserun": testing.case_run},
    ("created", "updated", "merged", "abandoned"): {"change": changes.change},
    ("reviewed",): {"change": changes.review},
    ("created", "updated", "closed"): {"ticket": changes.ticket},
    ("deployed", "upgraded", "rolledback", "removed"): {"service": operations.service},
    ("created", "modified", "deleted"): {"environment": operations.environment},
    ("packaged", "signed", "published", "downloaded", "deleted"): {"artifact": operations.artifact},
    ("detected", "reported", "resolved"): {"incident": operations.incident},
}
_MAPPINGS: Mapping[str, Callable[[Context], list[Event]]] = {
    f"{subject}.{predicate}": mapping
    for predicates, subjects in _SUBJECTS.items()
    for predicate in predicates
    for subject, mapping in subjects.items()
}


@dataclass(frozen=True)
class CDEvents(Vendor):
    """A vendor that also sends lists."""

    def normalise(self, delivery: Delivery) -> list[Event]:
        """The events of a delivery. A batch is taken whole or not at all. Raises Unmappable, and nothing else."""
        if is_batch(delivery.headers):  # mappings read objects
            delivery = replace(delivery, document={BATCH: delivery.document})
        return super().normalise(delivery)


def _alone(told: Told) -> list[Event]:
    """The events of a CDEvent that came alone."""
    [event] = events_in(told.headers, told.payload.value)
    return _events(told, event, told.event)


def _batch(told: Told) -> list[Event]:
    """The events of a batch; an ignored CDEvent in it gives none."""
    members = events_in(told.headers, told.payload.value[BATCH])
    names = [name_of(one, told.headers) for one in members]
    return [
        event
        for name, one in zip(names, members, strict=True)
        if name not in IGNORED
        for event in _events(told, one, name)
    ]


def _events(told: Told, event: Payload, name: str) -> list[Event]:
    mapping = _MAPPINGS.get(name)
    if mapping is None:
        raise unknown_event("cdevents", name, "context.type")
    return mapping(context_of(event, name, told.received_at))


SOURCE = CDEvents(
    name="cdevents",
    title="CDEvents",
    page="https://cdevents.dev/docs/",
    setup="""\
Have the tool, or a CI step, post its events to {url}, as docs/integrate.md shows.
Give it the secret of `sources.cdevents` in pipegauge.yaml, to sign with or to send along.""",
    naming=TypeOfEvent(),
    # CDEvents themselves know no signature.
    proof=FirstPresent((("webhook-signature", StandardWebhook()), ("authorization", Credential()))),
    mappings={**dict.fromkeys(_MAPPINGS, _alone), BATCH: _batch},
    ignored=IGNORED,
    personal=PERSONAL,
)
