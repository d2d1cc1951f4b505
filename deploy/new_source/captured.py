"""What captured requests tell of their vendor: how it names events, how it signs, where people are named. Pure."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from producers.conformance.places import Path, is_time, leaves, written

_EVENT_HEADER = re.compile(r"(?:.*-)?event(?:-(?:key|type|name))?")
_EVENT_FIELDS = ("event", "event_type", "eventType", "event_name", "eventName", "webhookEvent", "eventKey")
_VAGUE_FIELDS = ("type", "object_kind", "kind", "action")
_NAME = re.compile(r"[\w.:/-]{1,80}( \w+){0,3}", re.ASCII)
_SIGNATURE = re.compile(r"(?P<prefix>[a-z0-9]{0,8}=)?(?P<digits>[0-9a-fA-F]{40,128})")
_DIGESTS = {40: "sha1", 64: "sha256", 128: "sha512"}
_PERSON = re.compile(r"(?:.*_)?(?:login|user_?name|e?mail|email_?address|display_?name|nick_?name)", re.IGNORECASE)
_OF_A_PERSON = frozenset({"name", "full_name", "fullName", "fullname"})
_PEOPLE = re.compile(r"(?:.*_)?(?:user|author|committer|sender|actor|pusher|owner|assignee|reviewer|by)", re.IGNORECASE)
_COMMIT = re.compile(r"[0-9a-f]{40}")
_MOST_TOLD = 4


@dataclass(frozen=True, slots=True)
class Captured:
    """A request: the name of its file, its headers with lower-case names, and its document."""

    name: str
    headers: Mapping[str, str]
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Guess:
    """What was read off the requests. `naming` and `proof` are Python; `events` are the requests by event."""

    naming: str
    proof: str
    events: Mapping[str, Sequence[Captured]]
    personal: Sequence[str]


def guessed(captured: Sequence[Captured]) -> Guess:
    """What all of `captured` have in common."""
    naming, name_of = _naming(captured)
    events: dict[str, list[Captured]] = {}
    for one in captured:
        events.setdefault(name_of(one), []).append(one)
    documents = [one.document for one in captured]
    return Guess(naming, _proof(captured), events, tuple(sorted(set(_personal(documents)))))


def seen_in(captured: Iterable[Captured]) -> dict[str, list[str]]:
    """Where the payloads of an event have what a mapping may need."""
    found: dict[str, list[str]] = {}
    for one in captured:
        for path, value in leaves(one.document):
            somebody = any(_PEOPLE.fullmatch(str(step)) for step in path[:-1])
            kind = None if somebody else _kind(str(path[-1]), value)
            if kind and written(path) not in (told := found.setdefault(kind, [])) and len(told) < _MOST_TOLD:
                told.append(written(path))
    return found


def is_personal(path: Path) -> bool:
    """Whether a value at `path` names somebody."""
    above = [str(step) for step in path[:-1] if isinstance(step, str)]
    in_person = bool(above) and _PEOPLE.fullmatch(above[-1]) is not None
    return _PERSON.fullmatch(str(path[-1])) is not None or (path[-1] in _OF_A_PERSON and in_person)


def _naming(captured: Sequence[Captured]) -> tuple[str, Callable[[Captured], str]]:
    headers = set.intersection(*(set(one.headers) for one in captured))
    for name in sorted(headers):
        if _EVENT_HEADER.fullmatch(name):
            return f'EventHeader("{name.title()}")', partial(_in_header, name)
    for field in (*_EVENT_FIELDS, *(f"event.{name}" for name in (*_EVENT_FIELDS, "type")), *_VAGUE_FIELDS):
        if all(_names_an_event(_at(one.document, field)) for one in captured):
            return f'EventField("{field}")', partial(_in_body, field)
    return 'OnlyEvent("delivery")', lambda _one: "delivery"


def _in_header(name: str, one: Captured) -> str:
    return one.headers[name]


def _in_body(field: str, one: Captured) -> str:
    return str(_at(one.document, field))


def _names_an_event(value: Any) -> bool:
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def _at(document: Any, field: str) -> Any:
    for step in field.split("."):
        document = document.get(step) if isinstance(document, Mapping) else None
    return document


def _proof(captured: Sequence[Captured]) -> str:
    """The proof of the first request that has one; most captures were made without a secret."""
    for one in captured:
        if "webhook-signature" in one.headers:
            return "StandardWebhook()"
        for name, value in one.headers.items():
            match = _SIGNATURE.fullmatch(value)
            digest = _DIGESTS.get(len(match["digits"])) if match else None
            if match and digest and ("sign" in name or "hmac" in name) and "sha1" not in (digest, match["prefix"]):
                prefix = f', "{match["prefix"]}"' if match["prefix"] else ""
                return f'Hmac("{name.title()}"{prefix}{_digest(digest)})'
        for name in one.headers:
            if name.endswith(("-token", "-secret")):
                return f'Token("{name.title()}")'
    return "Credential()"


def _digest(digest: str) -> str:
    return "" if digest == "sha256" else f', digest="{digest}"'


def _personal(documents: Iterable[Any]) -> Iterator[str]:
    for document in documents:
        for path, value in leaves(document):
            if isinstance(value, str) and is_personal(path):
                above = [str(step) for step in path[:-1] if isinstance(step, str)]
                yield f"**.{above[-1]}.{path[-1]}" if path[-1] in _OF_A_PERSON else f"**.{path[-1]}"


def _kind(key: str, value: Any) -> str | None:
    if is_time(value):
        return "times"
    if isinstance(value, str) and _COMMIT.fullmatch(value):
        return "commits"
    if re.search(r"(?:^|_)(?:id|iid|uuid|number)$|[a-z]Id$", key) and isinstance(value, str | int):
        return "ids"
    if re.search(r"status|state|result|outcome|conclusion|phase|action", key, re.IGNORECASE) and isinstance(value, str):
        return "words"
    if re.search(r"attempt|retr(?:y|ies)|rerun", key, re.IGNORECASE):
        return "attempts"
    if re.search(r"branch|^ref$", key) and isinstance(value, str):
        return "branches"
    if re.search(r"environment|tier|stage", key, re.IGNORECASE) and isinstance(value, str):
        return "environments"
    return "repositories" if re.search(r"repo|project|full_name", key) and isinstance(value, str) else None
