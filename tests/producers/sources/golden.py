"""Golden cases of sources: tests/fixtures/sources/<source>/<event>/<case>.request.json and what becomes of it.

`python -m tests.producers.sources.golden` writes the events anew; read the difference before you commit it.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from producers.gateway import read
from producers.registry import find_source
from schemas.codec import encode_event
from schemas.deliveries import Delivery

FOLDER = Path(__file__).parents[2] / "fixtures" / "sources"
RECEIVED_AT = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
SALT = b"the salt of the fixtures"


@dataclass(frozen=True)
class Case:
    """A request of a source, and the file with the events it must become."""

    source: str
    event: str
    name: str
    headers: dict[str, str]
    body: Any

    @property
    def events_file(self) -> Path:
        return FOLDER / self.source / self.event / f"{self.name}.events.json"

    def delivery(self) -> Delivery:
        return Delivery(self.source, self.headers, orjson.dumps(self.body), None, RECEIVED_AT)

    def events(self) -> list[Any]:
        """The events as JSON, personal values hashed, as they travel."""
        reading = read(self.delivery(), find_source(self.source), SALT)
        assert reading.outcome != "dead-letter", f"{self}: {reading.reason}"
        return [json.loads(encode_event(event)) for event in reading.events]

    def __str__(self) -> str:
        return f"{self.source}-{self.event}-{self.name}"


def cases() -> list[Case]:
    """All golden cases, by name."""
    found = []
    for file in sorted(FOLDER.glob("*/*/*.request.json")):
        request = json.loads(file.read_text())
        source, event, name = *file.parts[-3:-1], file.name.removesuffix(".request.json")
        found.append(Case(source, event, name, request["headers"], request["body"]))
    return found


if __name__ == "__main__":
    for case in cases():
        case.events_file.write_text(json.dumps(case.events(), indent=1, ensure_ascii=False) + "\n")
