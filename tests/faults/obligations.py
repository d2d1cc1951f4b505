"""What was handed in and what was answered: each id answered 2xx is an obligation."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime

from deploy.demo.moments import Planned
from producers.gateway import read
from producers.registry import find_source
from producers.signatures import github_headers
from schemas.deliveries import Answer, Delivery, Secret, delivery_id
from tests.end_to_end.embedded_stack import SALT, SECRET
from tests.faults.load import Fact, Load, Subject


@dataclass
class Obligations:
    """Of all faults together: the oracle asks for everything that was ever sent.

    `offered` maps each delivery that was posted, answered or not, to the hash of what must be stored of it; `answered`
    those answered 2xx to their events; `poison` are deliveries without a mapping; `facts` what must be observed.
    """

    offered: dict[str, str] = field(default_factory=dict)
    answered: dict[str, tuple[str, ...]] = field(default_factory=dict)
    poison: set[str] = field(default_factory=set)
    facts: dict[Subject, Fact] = field(default_factory=dict)

    def offer(self, event: str, body: bytes) -> str:
        """Note that a delivery is about to be posted; its id."""
        id_ = delivery_id("github", event, body)
        self.offered[id_] = hashlib.sha256(_kept(event, body)).hexdigest()
        return id_

    def answer(self, answer: Answer) -> None:
        """Note a 2xx."""
        assert answer.delivery in self.offered, f"the answer names {answer.delivery}, which nobody posted"
        assert self.answered.get(answer.delivery, answer.events) == answer.events, "one delivery, two sets of events"
        self.answered[answer.delivery] = answer.events
        if answer.outcome == "dead-letter":
            assert answer.delivery in self.poison, f"{answer.delivery} became a dead letter"

    def expect(self, load: Load) -> list[Planned]:
        """Expect what is observed of a load; its deliveries."""
        self.facts |= load.facts()
        return load.planned()

    @property
    def events(self) -> set[str]:
        """The ids of all events answered 2xx."""
        return {id_ for ids in self.answered.values() for id_ in ids}


def _kept(event: str, body: bytes) -> bytes:
    """The body as it is stored: personal values hashed."""
    headers = github_headers(event, body, Secret(SECRET), "")
    delivery = Delivery("github", headers, body, None, datetime.now(UTC))
    return read(delivery, find_source("github"), SALT.encode()).stored_body
