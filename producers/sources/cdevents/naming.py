"""Which event a delivery of CDEvents is: its type tells, in the body or in a header of the CloudEvent. Pure."""

from dataclasses import dataclass
from typing import Any, ClassVar

from producers.sources.cdevents.envelope import BATCH, BATCH_TYPE, TYPE_HEADER, events_in, is_batch, name_of
from producers.sources.cdevents.ignored import CUSTOM
from schemas.deliveries import Headers


@dataclass(frozen=True, slots=True)
class TypeOfEvent:
    """`subject.predicate` of the event's type, or `batch`."""

    in_body: ClassVar[bool] = True
    place: ClassVar[str] = "context.type"

    def read(self, headers: Headers, document: object) -> str:
        """See producers.naming.Naming."""
        return BATCH if is_batch(headers) else name_of(events_in(headers, document)[0], headers)

    def request(self, event: str) -> tuple[dict[str, str], dict[str, Any]]:
        """See producers.naming.Naming."""
        if event == BATCH:
            return {"content-type": BATCH_TYPE}, {}
        type_ = "dev.cdeventsx.acme-kettle.boiled.0.1.0" if event == CUSTOM else f"dev.cdevents.{event}.0.3.0"
        return {TYPE_HEADER: type_}, {}
