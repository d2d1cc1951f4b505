"""`pipegauge reconcile`: has deliveries repeated, or reads runs and changes and posts those that are not stored."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from producers.gateway import read as read_delivery
from producers.history.posting import Post
from producers.reconciling import state as states
from producers.reconciling.api import Api, NotFound
from producers.reconciling.attempts import Attempt, undelivered
from producers.reconciling.state import Reading
from producers.reconciling.vendor import PARTS, Item, Reconcilable
from producers.source import Source
from schemas.deliveries import Delivery
from schemas.events import ChangeUpdated, RunUpdated

Fact = RunUpdated | ChangeUpdated
Note = Callable[[str], None]

FIRST_SINCE = timedelta(days=3)
"""How far back is read the first time: as long as GitHub keeps deliveries."""


@dataclass
class Reconciled:
    """What became of one repository. `refused` counts what was redelivered in vain; `absent` if there is none such."""

    repository: str
    hooks: int = 0
    undelivered: int = 0
    redelivered: int = 0
    refused: int = 0
    read: int = 0
    missing: int = 0
    posted: int = 0
    dead_letters: int = 0
    absent: bool = False
    found: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Through:
    """How what was read is taken in. `sign` gives the headers of a delivery, from the event's name and the body, as the
    vendor would send them; `stored` the ids of those facts that are stored already, perhaps with another time."""

    source: Source
    sign: Callable[[str, bytes], dict[str, str]]
    stored: Callable[[Sequence[Fact]], set[str]]
    post: Post

    def facts(self, item: Item) -> list[Fact]:
        """The runs and changes that an item would become."""
        body = orjson.dumps(item.payload)
        delivery = Delivery(self.source.name, self.sign(item.event, body), body, None, datetime.now(UTC))
        return [one for one in read_delivery(delivery, self.source, b"").events if isinstance(one, Fact)]


class Reconciler:
    """Reconciles repositories of one vendor, one after another. With `dry`, nothing is asked for, posted or noted."""

    def __init__(self, vendor: Reconcilable, api: Api, state_file: Path, dry: bool, note: Note) -> None:
        self._vendor = vendor
        self._api = api
        self._file = state_file
        self._state = states.read(state_file)
        self._dry = dry
        self._note = note

    def redeliver(self, repository: str, hooks: Sequence[int], since: datetime, now: datetime) -> Reconciled:
        """Has redelivered what never arrived at the hooks, else at those that post to a gateway. Raises VendorError."""
        done, known = Reconciled(repository), self._state.of(repository)
        try:
            hooks = hooks or self._vendor.hooks(self._api, repository)
        except NotFound:  # another vendor's, perhaps: the catalog names those of all
            done.absent = True
            return done
        done.hooks = len(hooks)
        for hook in hooks:
            attempts = self._vendor.attempts(self._api, repository, hook, since)
            for attempt in undelivered(attempts, known.asked_for(), now):
                done.undelivered += 1
                self._say(done, f"{repository} hook {hook}: {attempt.event} {attempt.key}")
                if not self._dry:
                    self._redeliver(done, repository, hook, attempt)
        return done

    def _redeliver(self, done: Reconciled, repository: str, hook: int, attempt: Attempt) -> None:
        try:
            arrived = self._vendor.redeliver(self._api, repository, hook, attempt)
        except NotFound:  # the vendor has forgotten it meanwhile
            arrived = False
        done.redelivered += arrived
        done.refused += not arrived
        self._state.of(repository).ask(attempt.key, attempt.id, datetime.now(UTC))
        self._save()

    def read(self, repository: str, since: datetime | None, now: datetime, through: Through) -> Reconciled:
        """Reads runs and changes and posts what is not stored. Raises VendorError, PostingError.

        From `since` on, else from where the last reading ended; one that was broken off is ended first.
        """
        done, known = Reconciled(repository), self._state.of(repository)
        if known.reading is None or (since is not None and since < known.reading.since):
            known.reading = Reading(since=since or known.read_until or now - FIRST_SINCE, until=now)
        while known.reading is not None:
            reading = known.reading
            try:
                self._read(done, repository, reading, through)
            except NotFound:  # another vendor's, perhaps
                done.absent = True
                known.reading = None
                return done
            known.read_until = reading.until
            known.reading = Reading(since=reading.until, until=now) if reading.until < now else None
            self._save()
        return done

    def _read(self, done: Reconciled, repository: str, reading: Reading, through: Through) -> None:
        for part in PARTS[PARTS.index(reading.part) :]:
            cursor = reading.cursor if part == reading.part else None
            reading.part = part
            for some in self._vendor.read(self._api, repository, part, reading.since, reading.until, cursor):
                self._take(done, repository, some.items, through)
                reading.cursor = some.cursor
                if some.cursor is not None:
                    self._save()

    def _take(self, done: Reconciled, repository: str, items: Sequence[Item], through: Through) -> None:
        """Posts those items of which the run or the change is not stored."""
        told = [(item, through.facts(item)) for item in items]
        known = through.stored([fact for _, facts in told for fact in facts])
        for item, facts in told:
            done.read += 1
            if facts and all(fact.id in known for fact in facts):
                continue
            done.missing += 1
            self._say(done, f"{repository}: {item.event}, {', '.join(map(_named, facts)) or 'which no mapping fits'}")
            if not self._dry:
                body = orjson.dumps(self._vendor.completed(self._api, repository, item).payload)
                answer = through.post(through.sign(item.event, body), body)
                done.posted += 1
                done.dead_letters += answer.outcome == "dead-letter"

    def _say(self, done: Reconciled, line: str) -> None:
        done.found.append(line)
        self._note(line)

    def _save(self) -> None:
        if not self._dry:
            states.write(self._file, self._state)


def _named(fact: Fact) -> str:
    name = f"run {fact.run}" if isinstance(fact, RunUpdated) else f"change {fact.change}"
    return f"{name} of {fact.occurred_at:%Y-%m-%d %H:%M}"
