"""Where the fixtures of a source stand, read and written."""

import json
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import orjson

from producers.conformance.case import Case, put
from producers.conformance.fixtures import events_of
from producers.source import Source

OF_THIS_CHECKOUT = Path(__file__).parents[2] / "tests" / "fixtures" / "sources"
_REQUEST, _EVENTS = ".request.json", ".events.json"


def folder_of(source: Source, module: str) -> Path:
    """The fixtures of `source`, which `module` defines: of this checkout, else beside the module of a plugin."""
    own = OF_THIS_CHECKOUT / source.name
    if module.startswith("producers.sources.") or own.is_dir():
        return own
    file = import_module(module).__file__
    return Path(file or ".").parent / "fixtures"


def cases_in(folder: Path) -> list[Case] | None:
    """The cases `<event>/<case>.request.json` below a folder; None where there is no such folder.

    Raises ValueError for a file that is no case.
    """
    if not folder.is_dir():
        return None
    return [_case(file, folder) for file in sorted(folder.glob(f"*/*{_REQUEST}"))]


def write_events(source: Source, folder: Path, cases: Sequence[Case]) -> list[Path]:
    """Writes what each case becomes beside it. Returns the files that changed."""
    changed = []
    for case in cases:
        file = folder / f"{case.name}{_EVENTS}"
        text = json.dumps(events_of(put(source, case)), indent=1, ensure_ascii=False) + "\n"
        if not file.exists() or file.read_text("utf-8") != text:
            file.write_text(text, "utf-8")
            changed.append(file)
    return changed


def _case(file: Path, folder: Path) -> Case:
    name = str(file.relative_to(folder)).removesuffix(_REQUEST)
    try:
        request = json.loads(file.read_text("utf-8"))
        headers, body = dict(request["headers"]), orjson.dumps(request["body"])
        written = folder / f"{name}{_EVENTS}"
        events = tuple(json.loads(written.read_text("utf-8"))) if written.exists() else None
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f'{file} is no case ({error}); write {{"headers": {{…}}, "body": {{…}}}}') from error
    return Case(name, headers, body, events)
