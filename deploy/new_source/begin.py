"""Begins a source: reads captured requests, writes its module and fixtures, and says what is left to fill in."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.new_source.captured import Captured, guessed
from deploy.new_source.text import TODO, package_of, project_text, request_text, source_text
from producers.registry import is_source_name, source_names

_HEADERS = ".headers.json"


@dataclass(frozen=True, slots=True)
class Begun:
    """The files that were written, and what is left to do, in order."""

    files: Sequence[Path]
    left: Sequence[str]


def begin(name: str, payloads: Sequence[Path], headers: Path | None, into: Path) -> Begun:
    """Writes the files of the source `name` into a checkout of pipegauge, else into a package of its own in `into`.

    The headers of a payload are those of its `.headers.json`, else of `headers`. Raises ValueError for a name that
    cannot be a source's or is taken, and for a file that is no JSON object; FileExistsError rather than write over.
    """
    if not is_source_name(name) or name in source_names():
        raise ValueError(f"{name!r} is taken, or cannot be a part of an address; use a-z, 0-9 and - for a new name")
    captured = [_captured(file, headers) for file in payloads]
    guess = guessed(captured)
    module, fixtures, project = _places(name, into)
    texts = {module: source_text(name, guess)}
    if project is not None:
        texts[project] = project_text(name)
    for event, requests in guess.events.items():
        for one in requests:
            file = fixtures / re.sub(r"[^\w.:-]", "_", event) / f"{one.name}.request.json"
            if file in texts:
                raise ValueError(f"two payloads of {event} are called {one.name}; rename one of the files")
            texts[file] = request_text(one)
    _write(texts)
    return Begun(list(texts), _left(name, module, fixtures, project))


def _places(name: str, into: Path) -> tuple[Path, Path, Path | None]:
    """Where the module and the fixtures go, and the pyproject.toml of a plugin."""
    if (into / "producers" / "sources").is_dir():
        fixtures = into / "tests" / "fixtures" / "sources" / name
        return into / "producers" / "sources" / f"{name.replace('-', '_')}.py", fixtures, None
    root = into / f"pipegauge-{name}"
    package = root / package_of(name)
    return package / "__init__.py", package / "fixtures", root / "pyproject.toml"


def _captured(file: Path, headers: Path | None) -> Captured:
    beside = file.with_name(file.name.removesuffix(".json") + _HEADERS)
    told = beside if beside.exists() else headers
    given = _object(told) if told else {}
    named = {"content-type": "application/json", **{key.lower(): str(value) for key, value in given.items()}}
    return Captured(re.sub(r"\W+", "_", file.name.removesuffix(".json")).strip("_").lower(), named, _object(file))


def _object(file: Path) -> dict[str, object]:
    try:
        found = json.loads(file.read_text("utf-8-sig"))
    except ValueError as error:
        raise ValueError(f"{file} is no JSON ({error}); capture the body as the vendor sends it") from error
    if not isinstance(found, dict):
        raise ValueError(f"{file} is no JSON object; a source reads objects")
    return found


def _write(texts: dict[Path, str]) -> None:
    there = [file for file in texts if file.exists()]
    if there:
        raise FileExistsError(f"{there[0]} is there already; move it away, or take another name")
    for file, text in texts.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")


def _left(name: str, module: Path, fixtures: Path, project: Path | None) -> list[str]:
    marked = [
        f"{module}:{number}: {line.partition(TODO)[2].lstrip(': ').removesuffix('.')}"
        for number, line in enumerate(module.read_text("utf-8").splitlines(), start=1)
        if TODO in line
    ]
    install = [f"pip install -e {project.parent}: then pipegauge finds it"] if project else []
    return [
        *marked,
        f"{fixtures}: made-up names stand for those of people; addresses and free texts may still tell who they were",
        *install,
        f"pipegauge source check {name} --write: writes what each fixture becomes; read it",
        f"pipegauge source check {name}: until no fault and no gap is left",
    ]
