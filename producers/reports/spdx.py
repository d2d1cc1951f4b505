"""SPDX 2.2 and 2.3 in JSON or as tags and values, and 3.0 in JSON. Pure.

Packages are counted as components, but for those that the document says it describes: they are the thing itself.
"""

import re
from typing import Any

import orjson

from producers.json_strict import parse_body
from producers.reports.about import About
from producers.reports.bill_of_materials import Bill, NotABill, events_of
from producers.reports.findings import moment_in, objects, part, text_of
from producers.reports.format import Read, ReportFormat
from schemas.events import Event

_DOCUMENT = "SPDXRef-DOCUMENT"
_TAG = re.compile(r"(SPDXVersion|Created|Creator|PackageName|PackageVersion|SPDXID|Relationship):\s*(.*)", re.ASCII)
_VERSION = re.compile(r"-v?\d[\w.+-]*\Z", re.ASCII)
_OTHER_SECTIONS = ("FileName:", "SnippetSPDXID:")


def read(body: bytes) -> Read:
    """Packages by name and version. Creators may be people: only tools are kept. Raises NotJson or NotABill."""
    text = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    bill = _of_json(body) if text.startswith((b"{", b"[")) else _of_tags(text.decode("utf-8", "replace"))
    described = set(bill["documentDescribes"])
    components = sum(package["SPDXID"] not in described for package in bill["packages"])
    creation = bill["creationInfo"]
    tool = next((one.removeprefix("Tool:").strip() for one in creation["creators"]), "") or "unnamed"
    found = Bill(_VERSION.sub("", tool) or tool, moment_in(creation["created"]), components, None)
    return Read(found, orjson.dumps(bill))


def events(read: Read, about: About) -> list[Event]:
    """The FindingsReported of a bill."""
    return events_of(REPORT.urn, read, about)


def _of_json(body: bytes) -> dict[str, Any]:
    document, _ = parse_body({}, body)
    if isinstance(document, dict) and text_of(document, "spdxVersion").startswith("SPDX-2"):
        creation = part(document, "creationInfo")
        return _kept(
            text_of(creation, "created"),
            _texts(creation.get("creators")),
            [
                (text_of(one, "SPDXID"), text_of(one, "name"), text_of(one, "versionInfo"))
                for one in objects(document.get("packages"))
            ],
            [
                *_texts(document.get("documentDescribes")),
                *_described(
                    (
                        text_of(one, "spdxElementId"),
                        text_of(one, "relationshipType"),
                        text_of(one, "relatedSpdxElement"),
                    )
                    for one in objects(document.get("relationships"))
                ),
            ],
        )
    if isinstance(document, dict) and "spdx.org/rdf/3" in str(document.get("@context")):
        return _of_graph(objects(document.get("@graph")))
    raise NotABill("neither `spdxVersion` SPDX-2.x nor the context of SPDX 3; send SPDX as JSON, or tags and values")


def _of_graph(graph: list[dict[str, Any]]) -> dict[str, Any]:
    """SPDX 3: elements of one list, which refer to each other."""
    by_kind: dict[str, list[dict[str, Any]]] = {}
    for element in graph:
        by_kind.setdefault(text_of(element, "type"), []).append(element)
    documents = by_kind.get("SpdxDocument", []) + by_kind.get("software_Sbom", [])
    roots = [one for element in documents for one in _texts(element.get("rootElement"))]
    created = [text_of(one, "created") for one in by_kind.get("CreationInfo", [])]
    return _kept(
        next((one for one in created if one), ""),
        [f"Tool: {text_of(one, 'name')}" for one in by_kind.get("Tool", [])],
        [
            (text_of(one, "spdxId"), text_of(one, "name"), text_of(one, "software_packageVersion"))
            for one in by_kind.get("software_Package", [])
        ],
        roots,
    )


def _of_tags(text: str) -> dict[str, Any]:
    """One tag a line; a package begins with its name. The text of a license may hold anything between its tags."""
    created, creators, relationships = "", list[str](), list[tuple[str, str, str]]()
    packages: list[list[str]] = []
    is_spdx = in_text = in_package = False
    for line in text.splitlines():
        if in_text:
            in_text = "</text>" not in line
            continue
        in_text = "<text>" in line and "</text>" not in line
        in_package = in_package and not line.startswith(_OTHER_SECTIONS)
        tag = _TAG.match(line)
        if tag is None:
            continue
        name, value = tag[1], tag[2].strip()
        if name == "SPDXVersion":
            is_spdx = value.startswith("SPDX-2")
        elif name == "Created":
            created = value
        elif name == "Creator":
            creators.append(value)
        elif name == "PackageName":
            packages.append(["", value, ""])
            in_package = True
        elif name == "SPDXID" and in_package:
            packages[-1][0] = value
        elif name == "PackageVersion" and in_package:
            packages[-1][2] = value
        elif name == "Relationship" and len(value.split()) >= 3:
            one, kind, other = value.split()[:3]
            relationships.append((one, kind, other))
    if not is_spdx:
        raise NotABill("there is no `SPDXVersion: SPDX-2.x`; send SPDX as JSON, or tags and values")
    return _kept(created, creators, [(one[0], one[1], one[2]) for one in packages], _described(relationships))


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _described(relationships: Any) -> list[str]:
    found = []
    for one, kind, other in relationships:
        if kind == "DESCRIBES" and one == _DOCUMENT:
            found.append(other)
        elif kind == "DESCRIBED_BY" and other == _DOCUMENT:
            found.append(one)
    return found


def _kept(
    created: str, creators: list[str], packages: list[tuple[str, str, str]], described: list[str]
) -> dict[str, Any]:
    """What is kept of a bill, as SPDX 2.3."""
    return {
        "spdxVersion": "SPDX-2.3",
        "creationInfo": {"created": created, "creators": [one for one in creators if one.startswith("Tool:")]},
        "documentDescribes": list(dict.fromkeys(described)),
        "packages": [{"SPDXID": id_, "name": name, "versionInfo": version} for id_, name, version in packages],
    }


REPORT = ReportFormat(
    name="spdx",
    title="SPDX",
    page="https://spdx.github.io/spdx-spec/v2.3/",
    content_type="application/json",
    read=read,
    events=events,
)
