"""A vendor as a value: the source that most tools need; names, mappings and a proof are their own. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import orjson
from pydantic import ValidationError

from producers.naming import Naming
from producers.payload import Payload, root
from producers.proof import Proof
from producers.source import Unmappable, unknown_event
from schemas.deliveries import Delivery, Headers, Secret
from schemas.events import Event, Origin, event_id


@dataclass(frozen=True, slots=True)
class Told:
    """A delivery as a mapping reads it: its document, the vendor's name of the event, its headers and its arrival."""

    payload: Payload
    event: str
    headers: Headers
    received_at: datetime

    def frame(
        self,
        type_: str,
        source: str,
        origin: Origin,
        object_id: str,
        state: str,
        at: datetime | None,
        attempt: int | None = None,
        mark: str = "",
    ) -> dict[str, Any]:
        """The fields that every event has.

        `source` is the URI of what it comes from, such as a repository's page; `object_id`, `attempt`, `state` and
        the provider's time `at` tell the fact from others, `mark` what could happen twice at that time. Where the
        provider tells no time (None), the moment of receipt stands in, and tells no fact from another.
        """
        moment = at.isoformat() if at else ""
        return {
            "id": event_id(source, type_, object_id, attempt, state, moment + mark),
            "source": source,
            "origin": origin,
            "occurred_at": at or self.received_at,
            "received_at": self.received_at,
        }


@dataclass(frozen=True)
class Vendor:
    """A source whose parts are values.

    `title` is how the vendor writes itself and `page` where it documents its payloads; `setup` says how a person makes
    it send, one step a line, with {url} for the hook's address. `mappings` are the events turned into ours, `ignored`
    those dropped on purpose, each with its reason.
    """

    name: str
    title: str
    page: str
    setup: str
    naming: Naming
    proof: Proof
    mappings: Mapping[str, Callable[[Told], list[Event]]]
    ignored: Mapping[str, str]
    personal: tuple[str, ...]

    @cached_property
    def handles(self) -> frozenset[str]:
        """The events turned into ours."""
        return frozenset(self.mappings)

    @cached_property
    def ignores(self) -> frozenset[str]:
        """The events dropped on purpose."""
        return frozenset(self.ignored)

    def event_name(self, headers: Headers, body: bytes) -> str:
        """The vendor's name of the event. Raises Unmappable if the delivery does not say."""
        if not self.naming.in_body:
            return self.naming.read(headers, None)
        try:
            document = orjson.loads(body)
        except orjson.JSONDecodeError as error:  # only asked directly: the gateway refuses such a body before
            raise Unmappable("the body is not JSON") from error
        return self.naming.read(headers, document)

    def verify(self, delivery: Delivery, secrets: Sequence[Secret]) -> None:
        """Raises BadSignature unless one of `secrets` vouches for the delivery."""
        self.proof.verify(delivery, secrets)

    def normalise(self, delivery: Delivery) -> list[Event]:
        """The events of a delivery. Raises Unmappable, and nothing else, whatever the document holds."""
        name = self.naming.read(delivery.headers, delivery.document)
        if name in self.ignored:
            return []
        mapping = self.mappings.get(name)
        if mapping is None:
            raise unknown_event(self.name, name, self.naming.place)
        try:
            return mapping(Told(root(delivery.document), name, delivery.headers, delivery.received_at))
        except ValidationError as error:  # a value of the right type that no event of ours may carry, such as a NUL
            raise unfit_value(error) from error


def unfit_value(error: ValidationError) -> Unmappable:
    """What to raise where an event of ours may not carry a value."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    field = ".".join(map(str, first["loc"]))
    return Unmappable(f"{field}: {first['msg']}", field)


def because(reasons: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """The reason of each ignored event, from the events of each reason."""
    return {event: reason for reason, events in reasons.items() for event in events}
