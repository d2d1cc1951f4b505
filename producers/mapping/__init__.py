"""A source that pipegauge.yaml describes: any JSON becomes canonical events by JMESPath expressions. Pure."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

import orjson
from jmespath.exceptions import JMESPathError
from pydantic import ValidationError

from producers.mapping import verification
from producers.mapping.values import Unfit, as_wanted, check_actor
from producers.source import Unmappable
from schemas.deliveries import Delivery, Headers, Secret
from schemas.event_fields import EventField, fields_of, keys_of
from schemas.events import EVENT, Event, event_id
from schemas.expression import compiled
from schemas.mapping import EventRule, FieldRule, Mapping, Signature, word_of


class MappedSource:
    """The source `name`, as `mapping` says. Every expression is compiled once, here."""

    def __init__(self, name: str, mapping: Mapping, signature: Signature | None) -> None:
        self.name = name
        self.signature = signature or verification.DEFAULT
        self._mapping = mapping
        self._rules = {event: [_Rule(name, rule) for rule in rules] for event, rules in mapping.events.items()}
        self._event = compiled(mapping.event) if mapping.event else None

    @property
    def handles(self) -> frozenset[str]:
        """The events that have rules."""
        return frozenset(event for event, rules in self._rules.items() if rules)

    @property
    def ignores(self) -> frozenset[str]:
        """The events that are listed without rules."""
        return frozenset(event for event, rules in self._rules.items() if not rules)

    @property
    def personal(self) -> tuple[str, ...]:
        """The paths under `personal:`."""
        return self._mapping.personal

    @property
    def event_header(self) -> str | None:
        """The header that names the event, where one does."""
        return self._mapping.event_header

    def event_name(self, headers: Headers, body: bytes) -> str:
        """What the header or the expression gives. Raises Unmappable where that is no text."""
        return self._name(headers, None if self._event is None else orjson.loads(body))

    def verify(self, delivery: Delivery, secrets: Sequence[Secret]) -> None:
        """Raises BadSignature unless one of `secrets` vouches for the delivery as `signature:` says."""
        verification.verify(self.signature, delivery, secrets)

    def normalise(self, delivery: Delivery) -> list[Event]:
        """The events of a delivery, one for each rule that applies. Raises Unmappable, which names field and rule."""
        rules = self._rules.get(self._name(delivery.headers, delivery.document), ())
        return [
            rule.event(scope, delivery.received_at)
            for rule in rules
            for scope in rule.scopes(delivery.document)
            if rule.applies(scope)
        ]

    def _name(self, headers: Headers, document: object) -> str:
        where = self._mapping.event or self._mapping.event_header or ""
        if self._event is None:
            name = headers.get(where)
        else:
            name = _searched(self._event, document, "the event's name", where)
        if not isinstance(name, str) or not name:
            raise Unmappable(f"the event's name is no text: {where}", where)
        return name


class _Rule:
    """A rule of the file with its expressions compiled."""

    def __init__(self, source: str, rule: EventRule) -> None:
        self._rule = rule
        self._source = f"urn:pipegauge:{source}"
        self._known = fields_of(rule.type)
        self._fields = [(name, of, compiled(of.value)) for name, of in rule.fields.items()]
        self._id = [compiled(expression) for expression in rule.id]
        self._each = compiled(rule.each) if rule.each else None
        self._when = compiled(rule.when) if rule.when else None

    def scopes(self, document: object) -> list[Any]:
        """What the other expressions are put to: the document, or `item` and `body` for each thing of a list."""
        if self._each is None:
            return [document]
        text = self._rule.each or ""
        found = _searched(self._each, document, "each", text)
        if not isinstance(found, list | None):
            raise Unmappable(f"what each of {self._rule.type} gives is no list: {text}", text)
        return [{"item": item, "body": document} for item in found or ()]

    def applies(self, document: object) -> bool:
        """Whether `when` gives something true, as JMESPath means it: not null, false, '', [] or {}."""
        when = self._when
        return when is None or _searched(when, document, "when", self._rule.when or "") not in (None, False, "", [], {})

    def event(self, document: object, received_at: datetime) -> Event:
        """The event. Raises Unmappable."""
        said = dict(self._said(document))
        for name, field in self._known.items():
            if field.required and name not in said:
                raise self._unfit(name, "is missing")
        said.setdefault("source", self._source)
        if "attempt" in self._known:
            said.setdefault("attempt", 1)
        nulls = {name: None for name, field in self._known.items() if field.may_be_null}
        values = nulls | _nested(said, self._known) | {"type": self._rule.type, "received_at": received_at}
        try:
            values["id"] = self._identity(said, document)
            return EVENT.validate_python(values)
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            place = [str(step) for step in first["loc"][1:]]
            named = [name for name in self._rule.fields if name.split(".") == place[: name.count(".") + 1]]
            raise self._unfit(named[0] if named else ".".join(place), f"does not fit ({first['msg']})") from error

    def _said(self, document: object) -> Iterator[tuple[str, Any]]:
        for name, of, expression in self._fields:
            value = _searched(expression, document, f"{self._rule.type}.{name}", of.value)
            try:
                found = as_wanted(self._known[name].annotation, self._translated(name, of, value))
                if name.endswith(("actor.id", "author.id")):
                    check_actor(found)
            except Unfit as unfit:
                raise self._unfit(name, f"is not {unfit}") from unfit
            if found is not None:
                yield name, found

    def _translated(self, name: str, of: FieldRule, value: object) -> object:
        if not of.map or value is None:
            return value
        if isinstance(value, dict | list) or word_of(value) not in of.map:
            raise self._unfit(name, f"has a value that its map does not have; it has {', '.join(of.map)}")
        return of.map[word_of(value)]

    def _identity(self, said: dict[str, Any], document: object) -> str:
        if self._rule.id:
            named = zip(self._id, self._rule.id, strict=True)
            parts = [_searched(expression, document, "id", text) for expression, text in named]
            if None in parts:
                missing = self._rule.id[parts.index(None)]
                raise Unmappable(f"a part of the id of {self._rule.type} is missing: {missing}", missing)
            return event_id(said["source"], self._rule.type, orjson.dumps(parts).decode(), None, "", "")
        whose = [said.get(f"origin.{kind}") for kind in ("repository", "project", "app")]
        keys = [said.get(name) for name in keys_of(self._rule.type)]
        object_id = orjson.dumps(whose + keys).decode()
        return event_id(said["source"], self._rule.type, object_id, None, "", said["occurred_at"].isoformat())

    def _unfit(self, name: str, said: str) -> Unmappable:
        of = self._rule.fields.get(name)
        return Unmappable(
            f"{self._rule.type}.{name} {said}" + (f": {of.value}" if of else ""), of.value if of else name
        )


def _nested(said: dict[str, Any], known: dict[str, EventField]) -> dict[str, Any]:
    """Dotted names as objects; an actor or author without an id is none."""
    values: dict[str, Any] = {}
    for name, value in said.items():
        outer, dot, inner = name.partition(".")
        if not dot:
            values[name] = value
        elif not (inner == "kind" and f"{outer}.id" in known and f"{outer}.id" not in said):
            values.setdefault(outer, {})[inner] = value
    values.setdefault("origin", {})
    return values


def _searched(expression: Callable[[object], Any], document: object, what: str, text: str) -> Any:
    try:
        return expression(document)
    except JMESPathError as error:  # a function that was given something of another type
        raise Unmappable(f"{what} cannot be computed ({type(error).__name__}): {text}", text) from error
