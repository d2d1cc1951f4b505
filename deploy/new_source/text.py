"""The files of a new source, as text. Pure."""

import json
import re
from collections.abc import Mapping
from textwrap import fill
from typing import Any

from deploy.new_source.captured import Captured, Guess, is_personal, seen_in
from producers.conformance.places import changed, leaves
from schemas.deliveries import is_kept_header

TODO = "TODO"
"""The mark of what has to be filled in."""
_PEOPLE = ("ann-example", "bob-example", "cleo-example")


def source_text(name: str, guess: Guess) -> str:
    """The module of the source."""
    naming, proof = (code.partition("(")[0] for code in (guess.naming, guess.proof))
    mappings = "\n\n".join(_mapping(event, seen_in(requests)) for event, requests in guess.events.items())
    entries = "".join(f"\n        {json.dumps(event)}: {function_of(event)}," for event in guess.events)
    personal = ", ".join(f'"{path}"' for path in guess.personal) + ("," if len(guess.personal) == 1 else "")
    return f'''"""{title_of(name)}'s webhooks. {TODO}: the address of the page that documents them."""

from producers.naming import {naming}
from producers.proof import {proof}
from producers.source import Unmappable
from producers.vendor import Told, Vendor, because
from schemas.events import Event


{mappings}

SOURCE = Vendor(
    name="{name}",
    title="{title_of(name)}",  # {TODO}: as the vendor writes it
    page="",  # {TODO}: the address of the page that documents the payloads
    setup="""\\
{TODO}: where a hook is added.
Its address: {{url}}. Its secret: the one of `sources.{name}` in pipegauge.yaml.""",
    naming={guess.naming},
    proof={guess.proof},  # {TODO}: compare with the vendor's page
    mappings={{{entries}
    }},
    ignored=because(
        {{
            # {TODO}: "why it is dropped": ["event", …], until every event that the vendor documents is named
        }}
    ),
    personal=({personal}),  # {TODO}: every path at which a person is named
)
'''


def request_text(captured: Captured) -> str:
    """The fixture of a request: no header that proves anything, no name of a person."""
    headers = {name: value for name, value in captured.headers.items() if is_kept_header(name)}
    body = _without_people(captured.document)
    return json.dumps({"headers": headers, "body": body}, indent=1, ensure_ascii=False) + "\n"


def project_text(name: str) -> str:
    """The pyproject.toml of a plugin."""
    package = package_of(name)
    return f"""[build-system]
requires = ["setuptools>=80"]
build-backend = "setuptools.build_meta"

[project]
name = "pipegauge-{name}"
version = "0.1.0"
description = "{title_of(name)} as a source of pipegauge."
requires-python = ">=3.11"

[project.entry-points."pipegauge.sources"]
{name} = "{package}:SOURCE"

[tool.setuptools]
packages = ["{package}"]

[tool.setuptools.package-data]
{package} = ["fixtures/*/*.json"]
"""


def title_of(name: str) -> str:
    """A name as a title, until somebody writes it as the vendor does."""
    return name.replace("-", " ").title()


def package_of(name: str) -> str:
    """The package of a plugin."""
    return f"pipegauge_{name.replace('-', '_')}"


def function_of(event: str) -> str:
    """A name of a function for an event."""
    name = re.sub(r"\W+", "_", event.lower()).strip("_")
    return name if name and not name[0].isdigit() else f"event_{name}"


def _mapping(event: str, seen: Mapping[str, list[str]]) -> str:
    told = "; ".join(f"{kind} {', '.join(paths)}" for kind, paths in seen.items())
    hint = fill(f"In the payloads: {told or 'nothing that is known'}.", 116, break_on_hyphens=False)
    indented = hint.replace("\n", "\n    ")
    return f'''def {function_of(event)}(told: Told) -> list[Event]:
    """{TODO}: what happened.

    {indented}
    """
    raise Unmappable({json.dumps(f"the mapping of {event} is not written yet")})
'''


def _without_people(document: Mapping[str, Any]) -> Any:
    """The document with made-up names, one for each person."""
    known: dict[str, str] = {}
    made_up: Any = document
    for path, value in leaves(document):
        if isinstance(value, str) and value and is_personal(path):
            name = known.setdefault(value, _PEOPLE[len(known) % len(_PEOPLE)])
            made_up = changed(made_up, path, f"{name}@example.com" if "@" in value else name)
    return made_up
