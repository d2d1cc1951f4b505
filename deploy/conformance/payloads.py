"""A folder of real payloads: `<source>/<event>/*.json`, their headers beside them, signatures to try."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from producers.conformance.case import Case
from producers.conformance.vectors import Vector
from schemas.deliveries import Secret

READ_BY = {"ghcr": "github"}
"""Folders whose payloads another source reads than the one of their name."""
EVENT_HEADERS = "event_headers.json"
VECTORS = "signatures/vectors.json"
_HEADERS = ".headers.json"
_SCHEMA_KEYS = frozenset({"$schema", "$id"})
_ELIDED = "..."
_OF_DOCUMENTATION = {"keys": "vals"}


@dataclass(frozen=True, slots=True)
class Corpus:
    """What a folder of payloads holds: payloads by folder, signatures, and the folders that no source reads."""

    payloads: Mapping[str, tuple[Case, ...]]
    vectors: tuple[Vector, ...]
    without_source: tuple[str, ...]

    def of(self, source: str) -> dict[str, tuple[Case, ...]]:
        """The payloads that `source` reads, by folder."""
        return {folder: cases for folder, cases in self.payloads.items() if READ_BY.get(folder, folder) == source}


def corpus_in(root: Path, sources: list[str]) -> Corpus:
    """Reads the folder `root`. Raises FileNotFoundError, or ValueError for an index that is no JSON."""
    if not root.is_dir():
        raise FileNotFoundError(f"there is no folder {root}; name one laid out as <source>/<event>/*.json")
    index: Mapping[str, Any] = _json(root / EVENT_HEADERS) if (root / EVENT_HEADERS).exists() else {}
    folders = sorted(path.name for path in root.iterdir() if path.is_dir())
    read = [name for name in folders if READ_BY.get(name, name) in sources]
    payloads = {name: tuple(_cases(root / name, index.get(name, {}))) for name in read}
    return Corpus(payloads, tuple(_vectors(root)), tuple(name for name in folders if name not in read))


def _cases(folder: Path, index: Mapping[str, Any]) -> Iterator[Case]:
    """Every payload below a source's folder; a JSON Schema describes payloads and is none."""
    for file in sorted(folder.rglob("*.json")):
        if file.name.endswith(_HEADERS):
            continue
        body = file.read_bytes()
        document = _document(body)
        if not (isinstance(document, dict) and _SCHEMA_KEYS & document.keys()):
            name = str(file.relative_to(folder.parent))
            yield Case(name, _headers(file, folder, index), body, excerpt=_is_excerpt(document))


def _headers(file: Path, folder: Path, index: Mapping[str, Any]) -> dict[str, str]:
    """The recorded headers; else the one that the index names for the folder of the event."""
    recorded = file.with_name(file.name.removesuffix(".json") + _HEADERS)
    if recorded.exists():
        told = {name.lower(): str(value) for name, value in _json(recorded).items()}
        return {"content-type": "application/json", **told}
    event = file.relative_to(folder).parts[0]
    named = {index["header"].lower(): index.get("events", {}).get(event, event)} if "header" in index else {}
    return {"content-type": "application/json", **named}


def _vectors(root: Path) -> Iterator[Vector]:
    file = root / VECTORS
    for one in _json(file) if file.exists() else ():
        headers = {name.lower(): value for name, value in one["headers"].items()}
        body, secret = (file.parent / one["body"]).read_bytes(), Secret(one["secret"].encode())
        yield Vector(one["provider"], one["name"], headers, body, secret, one["expect"])


def _document(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:  # no JSON: the source's own doors say so
        return None


def _is_excerpt(document: Any) -> bool:
    """Whether a documentation wrote three dots for members of an object."""
    if isinstance(document, dict):
        elided = _ELIDED in document or document == _OF_DOCUMENTATION
        return elided or any(_is_excerpt(value) for value in document.values())
    return isinstance(document, list) and any(_is_excerpt(value) for value in document)


def _json(file: Path) -> Any:
    try:
        return json.loads(file.read_text("utf-8"))
    except ValueError as error:
        raise ValueError(f"{file} is no JSON ({error}); mend it or take it out") from error
