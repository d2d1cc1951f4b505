"""Bots: who is one is told by the kind of the account, never guessed from a name. Pure."""

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from producers.conformance.case import SALT, Sample
from producers.conformance.finding import Finding
from producers.conformance.places import Path, changed, leaves, written
from producers.personal import hash_personal, is_hashed
from producers.source import Source
from schemas.events import Event

_SEEM = ("robotham", "talbot", "jenkins-the-third", "cibot-fan")
"""Names of people that sound like machines."""
_KINDS = ("Bot", "bot", "app", "App", "AppUser", "app_user", "service_account", "ServiceAccount", "SERVICE")
_KEYS = frozenset({"type", "kind", "account_type", "accounttype", "user_type", "usertype", "actor_type"})
_PERSON = frozenset({"user", "human", "person", "normal", "atlassian"})


def bots(source: Source, samples: Sequence[Sample]) -> Iterator[Finding]:
    """What is wrong with how `source` tells machines from people."""
    for sample in samples:
        people = [event.actor.id for event in sample.outcome.events if event.actor and event.actor.kind == "human"]
        if not all(map(is_hashed, people)):
            said, remedy = "the name of a person is not hashed", "add its path to `personal`"
            yield Finding("bots", "gap", said, remedy, (sample.case.name,))
        names = _names_of_people(source, sample)
        for path in names:
            yield from _named_like_one(source, sample, path)
        kinds = [there for path in names for there in _kinds_beside(sample, path)]
        if kinds and not any(_makes_a_bot(source, sample, there) for there in kinds):
            said = "the kind of an account is told, but makes nobody a bot"
            remedy = "give `kind` to the actor where the vendor tells it, so that bots' reviews are no people's"
            where = (f"{sample.case.name}: {written(there)}" for there in kinds)
            yield Finding("bots", "gap", said, remedy, tuple(where))


def _names_of_people(source: Source, sample: Sample) -> list[Path]:
    """Where the names stand that became actors of human kind."""
    actors = {event.actor.id for event in sample.outcome.events if event.actor and event.actor.kind == "human"}
    document = hash_personal(orjson.loads(orjson.dumps(sample.document)), source.personal, SALT)[0]
    return [path for path, value in leaves(document) if value in actors]


def _named_like_one(source: Source, sample: Sample, path: Path) -> Iterator[Finding]:
    for name in _SEEM:
        outcome = sample.told(source, changed(sample.document, path, name))
        if any(_kinds(outcome.events)[index : index + 1] == ["bot"] for index in _humans(sample.outcome.events)):
            said = "a person is called a bot because of the name"
            remedy = "ask the kind of the account, or producers.personal.is_bot for the suffix [bot]"
            yield Finding("bots", "fault", said, remedy, (f"{sample.case.name}: {written(path)} {name!r}",))
            return


def _kinds_beside(sample: Sample, path: Path) -> list[Path]:
    """Where it stands, beside a name, what kind of account it is."""
    account: Any = sample.document
    for step in path[:-1]:
        account = account[step]
    if not isinstance(account, dict):
        return []
    return [(*path[:-1], key) for key, value in account.items() if _is_kind(key, value)]


def _makes_a_bot(source: Source, sample: Sample, there: Path) -> bool:
    told = (sample.told(source, changed(sample.document, there, kind)) for kind in _KINDS)
    return any("bot" in _kinds(outcome.events) for outcome in told)


def _is_kind(key: object, value: object) -> bool:
    return isinstance(value, str) and str(key).lower() in _KEYS and value.lower() in _PERSON


def _kinds(events: Sequence[Event]) -> list[str]:
    return [event.actor.kind if event.actor else "" for event in events]


def _humans(events: Sequence[Event]) -> list[int]:
    return [index for index, kind in enumerate(_kinds(events)) if kind == "human"]
