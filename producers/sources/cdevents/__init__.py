"""CDEvents, bare or in CloudEvents, of any release from 0.3 on. https://cdevents.dev/docs/

Handled by subject and predicate, whatever the version of the type: fields that a release lacks are optional here.
"""

from collections.abc import Callable, Mapping, Sequence

import orjson
from pydantic import ValidationError

from producers.signatures import verify_token_or_webhook
from producers.source import Unmappable, unknown_event
from producers.sources.cdevents import changes, operations, runs, testing
from producers.sources.cdevents.context import Context, context_of
from producers.sources.cdevents.envelope import BATCH, events_in, is_batch, name_of
from producers.sources.cdevents.ignored import IGNORED
from producers.sources.cdevents.personal import PERSONAL
from producers.vendor import unfit_value
from schemas.deliveries import Delivery, Headers, Secret
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


class CDEvents:
    """The source `cdevents`."""

    name = "cdevents"
    handles = frozenset(_MAPPINGS) | {BATCH}
    ignores = IGNORED
    personal = PERSONAL

    def event_name(self, headers: Headers, body: bytes) -> str:
        """`subject.predicate` of the event's type, or `batch`. Raises Unmappable if no type of CDEvents is given."""
        if is_batch(headers):
            return BATCH
        try:
            document = orjson.loads(body)
        except orjson.JSONDecodeError as error:  # only asked directly: the gateway refuses such a body before
            raise Unmappable("the body is not JSON") from error
        return name_of(events_in(headers, document)[0], headers)

    def verify(self, delivery: Delivery, secrets: Sequence[Secret]) -> None:
        """Raises BadSignature unless one of `secrets` signed the delivery as Standard Webhooks says, or is its bearer
        token or the last part of its path: CDEvents themselves know no signature."""
        verify_token_or_webhook(delivery, secrets)

    def normalise(self, delivery: Delivery) -> list[Event]:
        """The events of a delivery. Raises Unmappable, and nothing else, whatever the document holds.

        A batch is taken whole or not at all.
        """
        try:
            told = events_in(delivery.headers, delivery.document)
            names = [name_of(one, delivery.headers) for one in told]
            known = [(name, one) for name, one in zip(names, told, strict=True) if name not in self.ignores]
            return [
                event for name, one in known for event in _mapping(name)(context_of(one, name, delivery.received_at))
            ]
        except ValidationError as error:  # a value of the right type that no event of ours may carry, such as a NUL
            raise unfit_value(error) from error


def _mapping(name: str) -> Callable[[Context], list[Event]]:
    mapping = _MAPPINGS.get(name)
    if mapping is None:
        raise unknown_event("cdevents", name, "context.type")
    return mapping


SOURCE = CDEvents()
