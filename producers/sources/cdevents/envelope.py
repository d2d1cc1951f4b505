"""Where a CDEvent stands in a delivery: bare, in a CloudEvent (binary, structured) or in a batch of these. Pure.

https://github.com/cloudevents/spec/blob/main/cloudevents/bindings/http-protocol-binding.md
https://github.com/cdevents/spec/blob/main/cloudevents-binding.md
"""

import re
from string import ascii_letters, digits, punctuation
from urllib.parse import quote

from producers.payload import Payload, root
from producers.source import Unmappable
from producers.sources.cdevents.ignored import CUSTOM
from schemas.deliveries import Headers

BATCH = "batch"
"""The name of a delivery of several events."""

BATCH_TYPE = "application/cloudevents-batch+json"
TYPE_HEADER = "ce-type"
# The version stands last and changes with every release: what an event is of is told by its subject and predicate.
_TYPE = re.compile(r"dev\.cdevents\.(?P<name>[a-z]+\.[a-z]+)\.\d+(?:\.\d+)*(?:[-+][\w.+-]*)?", re.ASCII)
_CUSTOM_TYPE = "dev.cdeventsx."
# What a header of a CloudEvent may carry as it is; the rest is percent-encoded.
_PLAIN = (ascii_letters + digits + punctuation).replace("%", "").replace('"', "")


def is_batch(headers: Headers) -> bool:
    """Whether the delivery says that it is a list of CloudEvents."""
    return headers.get("content-type", "").partition(";")[0].strip().lower() == BATCH_TYPE


def events_in(headers: Headers, document: object) -> list[Payload]:
    """The CDEvents of a delivery. In binary mode the body is the whole CDEvent. Raises Unmappable."""
    if not is_batch(headers):
        return [_unwrapped(root(document))]
    if not isinstance(document, list):
        raise Unmappable("the document is not a list, which a batch must be")
    return [_unwrapped(_member(index, one)) for index, one in enumerate(document)]


def name_of(event: Payload, headers: Headers) -> str:
    """`subject.predicate`, such as pipelinerun.finished; `custom` for a type of the sender's own. Raises Unmappable."""
    if "context" in event.value or TYPE_HEADER not in headers:
        context = event.part("context")
        type_, unfit = context.text("type"), context.unfit("type", "a type such as dev.cdevents.build.started.0.3.0")
    else:
        type_ = headers[TYPE_HEADER]
        unfit = Unmappable(f"the header {TYPE_HEADER} is not a type of CDEvents", TYPE_HEADER)
    if type_.startswith(_CUSTOM_TYPE):
        return CUSTOM
    match = _TYPE.fullmatch(type_)
    if match is None:
        raise unfit
    return match["name"]


def http_headers(document: object) -> dict[str, str]:
    """The headers with which a body is sent: as a batch, in structured mode, or in binary mode for a bare CDEvent."""
    if isinstance(document, list):
        return {"content-type": BATCH_TYPE}
    event = root(document)
    if "context" not in event.value and "specversion" in event.value:
        return {"content-type": "application/cloudevents+json"}
    context = event.part("context")
    attributes = {
        "specversion": "1.0",
        "id": context.id("id"),
        "source": context.text("source"),
        "type": context.text("type"),
        "time": context.text("timestamp"),
        "subject": event.part("subject").id("id"),
    }
    named = {f"ce-{name}": quote(value, safe=_PLAIN) for name, value in attributes.items()}
    return {"content-type": "application/json", **named}


def _member(index: int, document: object) -> Payload:
    if not isinstance(document, dict):
        raise Unmappable("the document is not an object", f"[{index}]")
    return Payload(document, f"[{index}]")


def _unwrapped(envelope: Payload) -> Payload:
    """The CDEvent itself: a structured CloudEvent carries it in `data`."""
    if "context" in envelope.value or "specversion" not in envelope.value:
        return envelope
    return envelope.part("data")
