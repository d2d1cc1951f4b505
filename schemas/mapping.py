"""`mapping:` of a source in pipegauge.yaml: how any JSON becomes canonical events."""

import json
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from schemas.deliveries import is_kept_header
from schemas.event_fields import event_types, fields_of
from schemas.expression import Expression
from schemas.personal_paths import PersonalPath
from schemas.section import Section

Places = list[tuple[tuple[str | int, ...], str]]


def _kept(name: str) -> str:
    lower = name.lower()
    if not is_kept_header(lower):
        raise ValueError(f"the header {name!r} is not kept with a delivery; use one whose name starts with X-")
    return lower


KeptHeader = Annotated[str, AfterValidator(_kept)]
"""A header that is kept with its delivery, so that a replay finds it; in lower case."""


class Signature(Section):
    """How a sender proves who it is: `header` holds `prefix` and then what `scheme` says.

    `hmac-sha256-hex` and `hmac-sha256-base64` sign the raw body, `token` is the secret itself, `standard-webhooks`
    needs no header's name, and with `url-token` the secret is the last part of the address.
    """

    scheme: Literal["hmac-sha256-hex", "hmac-sha256-base64", "token", "standard-webhooks", "url-token"]
    header: str = ""
    prefix: str = ""

    @model_validator(mode="after")
    def _names_its_header(self) -> Self:
        needed = self.scheme not in ("standard-webhooks", "url-token")
        if needed and not self.header:
            raise ValueError(f"{self.scheme} needs a header; add `header:` with the name that the sender uses")
        if not needed and (self.header or self.prefix):
            raise ValueError(f"{self.scheme} has no header of yours; remove `header:` and `prefix:`")
        return self


def word_of(value: object) -> str:
    """How a value is written as a key of `map`: true, 1, passed."""
    return value if isinstance(value, str) else json.dumps(value)


class FieldRule(Section):
    """A field's value: a JMESPath expression, and what its words mean in ours. Numbers and truth values stand as such.

    With `map`, a value that is not in it makes a dead letter.
    """

    value: Expression
    map: dict[str, str | int | bool] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _from_scalar(cls, given: Any) -> Any:
        if isinstance(given, str):
            return {"value": given}
        return {"value": f"`{json.dumps(given)}`"} if isinstance(given, bool | int) else given

    @field_validator("map", mode="before")
    @classmethod
    def _words(cls, given: Any) -> Any:
        """YAML reads true and 1 as no texts."""
        return {word_of(key): value for key, value in given.items()} if isinstance(given, dict) else given


class EventRule(Section):
    """One canonical event of `type`, where the expression `when` gives something true, or there is none.

    With `each`, one for each thing in the list that it gives; then the expressions see `item`, which is that thing, and
    `body`, which is the whole document.
    `fields` are its fields by dotted name. `id` are the expressions whose values together name the fact; without them
    it is its origin, the fields that `schemas.event_fields.keys_of` lists, and its time.
    """

    type: str
    each: Expression | None = None
    when: Expression | None = None
    id: tuple[Expression, ...] = ()
    fields: dict[str, FieldRule]

    @model_validator(mode="after")
    def _fits_the_type(self) -> Self:
        clashes: Places = list(self._clashes())
        if clashes:
            message = "\n".join(said for _, said in clashes)
            raise PydanticCustomError("clash", "{message}", {"message": message, "clashes": clashes})
        return self

    def _clashes(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        if self.type not in event_types():
            yield ("type",), f"there is no event {self.type!r}; {_nearest(self.type, list(event_types()))}"
            return
        known = fields_of(self.type)
        for name in self.fields:
            if name not in known:
                yield ("fields", name), f"{self.type} has no field {name!r}; {_nearest(name, list(known))}"
        for name, field in known.items():
            if field.required and name not in self.fields:
                yield ("fields",), f"{self.type} needs the field {name!r}; add it with the expression that gives it"
        if not any(name.startswith("origin.") for name in self.fields):
            yield (
                ("fields",),
                f"{self.type} says not whose it is; add origin.repository, origin.project or origin.app",
            )


class Mapping(Section):
    """What a sender's events mean. `event` is the expression that gives an event's name, or `event_header` its header.

    `personal` are the JSON paths whose values are hashed before anything is kept. `events` are the rules by the
    sender's name of the event; one with no rules is ignored on purpose, one that is not listed becomes a dead letter.
    """

    event: Expression | None = None
    event_header: KeptHeader | None = None
    personal: tuple[PersonalPath, ...] = ()
    events: dict[str, tuple[EventRule, ...]] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_its_events(self) -> Self:
        if (self.event is None) == (self.event_header is None):
            raise ValueError("nothing says which event it is; add either `event:` or `event_header:`")
        return self


def _nearest(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, 1) or [one for one in known if one.endswith(f".{name}")][:1]
    return f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
