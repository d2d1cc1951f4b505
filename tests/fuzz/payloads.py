"""Real payloads of every source that is there: of the corpus, and of our own fixtures."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from producers.registry import source_names
from tests.producers.sources.golden import cases

CORPUS = Path(os.environ.get("PIPEGAUGE_CORPUS", Path(__file__).parents[3] / "shared" / "corpus"))


@dataclass(frozen=True)
class Payload:
    """A request: whose, its headers with lower-case names, and its body."""

    source: str
    headers: dict[str, str]
    body: bytes


def payloads() -> list[Payload]:
    """All of them, in an order that is always the same."""
    return [*_fixtures(), *_corpus()]


def _fixtures() -> list[Payload]:
    return [Payload(case.source, case.headers, orjson.dumps(case.body)) for case in cases()]


def _corpus() -> list[Payload]:
    if not CORPUS.is_dir():
        return []
    header_of: dict[str, Any] = json.loads((CORPUS / "event_headers.json").read_text(encoding="utf-8"))
    found = []
    for source in source_names():
        for file in sorted((CORPUS / source).glob("*/*.json")):
            if not file.name.endswith(".headers.json"):
                found.append(Payload(source, _headers(file, header_of.get(source)), file.read_bytes()))
    return found


def _headers(file: Path, told_by: dict[str, Any] | None) -> dict[str, str]:
    recorded = file.with_suffix(".headers.json")
    if recorded.exists():
        headers: dict[str, str] = json.loads(recorded.read_text(encoding="utf-8"))
        return headers
    headers = {"content-type": "application/json"}
    if told_by is not None:
        headers[told_by["header"].lower()] = told_by["events"].get(file.parent.name, file.parent.name)
    return headers
