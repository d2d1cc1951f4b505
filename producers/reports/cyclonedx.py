"""CycloneDX, in JSON or XML. Pure.

Components are counted wherever they stand below `components`, what the bill is about (`metadata.component`) is none of
them. A vulnerability stands unless its analysis says that it is resolved, no real one or does not affect; it counts
once, by the gravest of its ratings, however many components it affects.
"""

from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

import orjson

from producers.json_strict import parse_body
from producers.reports.about import About
from producers.reports.bill_of_materials import Bill, NotABill, events_of
from producers.reports.findings import Severity, by_score, moment_in, objects, part, text_of, worst
from producers.reports.format import Read, ReportFormat
from producers.xml_strict import local_name, parse_xml
from schemas.events import Event

_SETTLED = frozenset({"resolved", "resolved_with_pedigree", "false_positive", "not_affected"})
_SEVERITIES: dict[str, Severity] = {"critical": "critical", "high": "high", "medium": "medium", "low": "low"}
_OF_A_COMPONENT = ("type", "group", "name", "version", "purl")


def read(body: bytes) -> Read:
    """Components by name and version, vulnerabilities by rating and state. Raises NotJson, NotXml or NotABill."""
    bill = _of_xml(parse_xml(body)) if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else _of_json(body)
    open_ = None
    if "vulnerabilities" in bill:
        standing = [one for one in bill["vulnerabilities"] if text_of(part(one, "analysis"), "state") not in _SETTLED]
        open_ = tuple(worst(_severities(one)) for one in standing)
    metadata = bill["metadata"]
    tool = next((text_of(tool, "name") for tool in metadata["tools"]), "") or "unnamed"
    return Read(Bill(tool, moment_in(metadata.get("timestamp")), len(bill["components"]), open_), orjson.dumps(bill))


def events(read: Read, about: About) -> list[Event]:
    """The FindingsReported of a bill."""
    return events_of(REPORT.urn, read, about)


def _of_json(body: bytes) -> dict[str, Any]:
    """What is kept of a bill, components in one list."""
    document, _ = parse_body({}, body)
    if not isinstance(document, dict) or document.get("bomFormat") != "CycloneDX":
        raise NotABill("`bomFormat` is not CycloneDX; send the bill as the tool wrote it")
    metadata = part(document, "metadata")
    # Until version 1.4 tools were a list; since then they are components.
    tools = objects(metadata.get("tools")) or objects(part(metadata, "tools").get("components"))
    kept = {
        "bomFormat": "CycloneDX",
        "metadata": {
            "timestamp": metadata.get("timestamp"),
            "tools": [{"name": text_of(one, "name")} for one in tools],
        },
        "components": [
            {name: text for name in _OF_A_COMPONENT if (text := text_of(one, name))} for one in _nested(document)
        ],
    }
    if isinstance(document.get("vulnerabilities"), list):
        kept["vulnerabilities"] = [
            {
                "id": text_of(one, "id"),
                "ratings": [
                    {name: rating[name] for name in ("severity", "score", "method") if name in rating}
                    for rating in objects(one.get("ratings"))
                ],
                "analysis": {"state": text_of(part(one, "analysis"), "state")},
            }
            for one in objects(document["vulnerabilities"])
        ]
    return kept


def _nested(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    open_ = [objects(document.get("components"))]
    while open_:
        for component in open_.pop():
            yield component
            open_.append(objects(component.get("components")))


def _of_xml(root: Element) -> dict[str, Any]:
    """The same of a bill in XML; versions before 1.4 told vulnerabilities by an extension, within components."""
    if local_name(root) != "bom" or "cyclonedx.org" not in root.tag:
        raise NotABill(f"the root element is <{local_name(root)[:100]}>; send <bom> of cyclonedx.org")
    metadata, listed = _child(root, "metadata"), _child(root, "components")
    tools = _child(metadata, "tools")
    kept = {
        "bomFormat": "CycloneDX",
        "metadata": {
            "timestamp": _text(metadata, "timestamp"),
            "tools": [{"name": _text(one, "name")} for one in _all(tools, "tool", "component")],
        },
        "components": [
            {
                name: text
                for name in _OF_A_COMPONENT
                if (text := one.get("type", "").strip() if name == "type" else _text(one, name))
            }
            for one in _all(listed, "component")
        ],
    }
    if any(local_name(one) == "vulnerabilities" for one in root.iter()):
        kept["vulnerabilities"] = [
            {
                "id": _text(one, "id"),
                "ratings": [
                    {name: text for name in ("severity", "score", "method") if (text := _text(rating, name))}
                    for rating in _all(one, "rating")
                ],
                "analysis": {"state": _text(_child(one, "analysis"), "state")},
            }
            for one in _all(root, "vulnerability")
        ]
    return kept


def _child(element: Element | None, name: str) -> Element | None:
    return next((one for one in (element if element is not None else ()) if local_name(one) == name), None)


def _all(element: Element | None, *names: str) -> list[Element]:
    return [one for one in element.iter() if local_name(one) in names] if element is not None else []


def _text(element: Element | None, name: str) -> str:
    found = _child(element, name)
    return (found.text or "").strip() if found is not None else ""


def _severities(vulnerability: dict[str, Any]) -> Iterator[Severity]:
    for rating in vulnerability["ratings"]:
        word = rating.get("severity")
        if isinstance(word, str) and word:
            yield _SEVERITIES.get(word.lower(), "other")
        elif str(rating.get("method", "")).startswith("CVSS"):
            yield by_score(rating.get("score")) or "other"


REPORT = ReportFormat(
    name="cyclonedx",
    title="CycloneDX",
    page="https://cyclonedx.org/docs/latest/json/",
    content_type="application/json",
    read=read,
    events=events,
)
