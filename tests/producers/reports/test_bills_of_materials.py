"""CycloneDX and SPDX: components, and the weaknesses that stand."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from producers.reports.bill_of_materials import NotABill
from producers.source import Refused
from schemas.events import FindingsReported
from tests.producers.reports.reading import only, reading

THREE = datetime(2026, 3, 5, 3, tzinfo=UTC)
CYCLONEDX: dict[str, Any] = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "serialNumber": "urn:uuid:2be5773d-7cd3-4b4b-90a5-e165474ddace",
    "metadata": {
        "timestamp": "2026-03-05T03:00:00Z",
        "authors": [{"name": "ann"}],
        "tools": {"components": [{"name": "kettle", "version": "1"}]},
        "component": {"name": "shop"},
    },
    "components": [
        {"type": "library", "name": "a", "version": "1", "author": "ann", "components": [{"name": "b"}, {"name": "c"}]},
        {"type": "library", "name": "d", "purl": "pkg:pypi/d@2"},
    ],
}
XML = b"""<?xml version="1.0"?><bom xmlns="http://cyclonedx.org/schema/bom/1.6" version="1">
 <metadata><timestamp>2026-03-05T03:00:00Z</timestamp><authors><author><name>ann</name></author></authors>
  <tools><tool><name>kettle</name></tool></tools><component type="application"><name>shop</name></component></metadata>
 <components><component type="library"><name>a</name><components><component><name>b</name></component></components>
  </component></components>
 <vulnerabilities><vulnerability><id>V-1</id><ratings><rating><severity>low</severity></rating>
  <rating><severity>critical</severity></rating></ratings></vulnerability>
  <vulnerability><id>V-2</id><analysis><state>resolved</state></analysis></vulnerability></vulnerabilities></bom>"""
SPDX: dict[str, Any] = {
    "spdxVersion": "SPDX-2.3",
    "creationInfo": {"created": "2026-03-05T03:00:00Z", "creators": ["Person: ann", "Tool: kettle-v1.2.3"]},
    "packages": [{"SPDXID": "SPDXRef-shop", "name": "shop"}, {"SPDXID": "SPDXRef-a", "name": "a", "supplier": "ann"}],
    "relationships": [
        {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-shop"}
    ],
}
TAGS = b"""SPDXVersion: SPDX-2.2
SPDXID: SPDXRef-DOCUMENT
Creator: Person: ann
Creator: Tool: kettle-1.0
Created: 2026-03-05T03:00:00Z

PackageName: shop
SPDXID: SPDXRef-shop
PackageLicenseComments: <text>
PackageName: ann
</text>
PackageName: a
SPDXID: SPDXRef-a
FileName: ./a.py
SPDXID: SPDXRef-File
Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-shop
"""
SPDX_3 = {
    "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
    "@graph": [
        {"type": "CreationInfo", "@id": "_:1", "created": "2026-03-05T03:00:00Z", "createdBy": ["urn:ann"]},
        {"type": "Person", "spdxId": "urn:ann", "name": "ann"},
        {"type": "Tool", "spdxId": "urn:t", "name": "kettle"},
        {"type": "SpdxDocument", "spdxId": "urn:d", "rootElement": ["urn:bom"]},
        {"type": "software_Sbom", "spdxId": "urn:bom", "rootElement": ["urn:shop"]},
        {"type": "software_Package", "spdxId": "urn:shop", "name": "shop"},
        {"type": "software_Package", "spdxId": "urn:a", "name": "a"},
    ],
}
SAMPLES = {
    "CycloneDX in JSON": ("cyclonedx", json.dumps(CYCLONEDX).encode(), 4),
    "CycloneDX in XML": ("cyclonedx", XML, 2),
    "SPDX in JSON": ("spdx", json.dumps(SPDX).encode(), 1),
    "SPDX as tags": ("spdx", TAGS, 1),
    "SPDX 3": ("spdx", json.dumps(SPDX_3).encode(), 1),
}


def told(format_: str, body: bytes) -> FindingsReported:
    return only(FindingsReported, reading(format_, body))


def with_vulnerabilities(*vulnerabilities: Any) -> FindingsReported:
    return told("cyclonedx", json.dumps(CYCLONEDX | {"vulnerabilities": list(vulnerabilities)}).encode())


@pytest.mark.parametrize("sample", SAMPLES)
def test_components_are_counted_but_not_the_thing_itself(sample: str) -> None:
    format_, body, components = SAMPLES[sample]
    found = told(format_, body)
    assert (found.components, found.tool, found.kind, found.occurred_at) == (components, "kettle", "dependency", THREE)


@pytest.mark.parametrize("sample", SAMPLES)
def test_no_person_is_kept_and_what_is_kept_gives_the_same_event(sample: str) -> None:
    format_, body, _ = SAMPLES[sample]
    first = reading(format_, body)
    assert b"ann" not in first.stored_body
    again = reading(format_, first.stored_body)
    assert (again.stored_body, again.events) == (first.stored_body, first.events)


def test_a_bill_that_does_not_speak_of_weaknesses_counts_none_and_one_that_knows_of_none_counts_0() -> None:
    assert told(*SAMPLES["CycloneDX in JSON"][:2]).critical is None
    found = with_vulnerabilities()
    assert (found.critical, found.high, found.medium, found.low, found.other) == (0, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("vulnerability", "severity"),
    [
        ({"ratings": [{"severity": "low"}, {"severity": "high"}]}, "high"),
        ({"ratings": [{"severity": "Critical"}], "affects": [{"ref": "a"}, {"ref": "b"}]}, "critical"),
        ({"ratings": [{"score": 9.1, "method": "CVSSv31"}]}, "critical"),
        ({"ratings": [{"score": 9.1, "method": "OWASP"}]}, "other"),
        ({"ratings": [{"severity": "info"}]}, "other"),
        ({}, "other"),
        ({"ratings": [{"severity": "high"}], "analysis": {"state": "exploitable"}}, "high"),
        ({"ratings": [{"severity": "high"}], "analysis": {"state": "in_triage"}}, "high"),
        ({"ratings": [{"severity": "high"}], "analysis": {"state": "resolved"}}, None),
        ({"ratings": [{"severity": "high"}], "analysis": {"state": "false_positive"}}, None),
        ({"ratings": [{"severity": "high"}], "analysis": {"state": "not_affected"}}, None),
    ],
)
def test_a_vulnerability_counts_once_by_its_gravest_rating_while_it_stands(
    vulnerability: Any, severity: str | None
) -> None:
    found = with_vulnerabilities(vulnerability)
    counted = [name for name in ("critical", "high", "medium", "low", "other") if getattr(found, name)]
    assert counted == ([severity] if severity else [])


def test_in_xml_they_are_counted_alike() -> None:
    found = told("cyclonedx", XML)
    assert (found.critical, found.low, found.other) == (1, 0, 0)


@pytest.mark.parametrize(
    ("format_", "body"),
    [
        ("cyclonedx", b"{}"),
        ("cyclonedx", b"[]"),
        ("cyclonedx", b"<bom/>"),
        ("cyclonedx", json.dumps(SPDX).encode()),
        ("spdx", b"{}"),
        ("spdx", b"nothing of it"),
        ("spdx", json.dumps(CYCLONEDX).encode()),
        ("spdx", b'{"spdxVersion": "SPDX-9.9"}'),
    ],
)
def test_another_format_is_refused(format_: str, body: bytes) -> None:
    with pytest.raises(NotABill):
        reading(format_, body)


def test_an_entity_in_xml_is_refused() -> None:
    with pytest.raises(Refused, match="declares a document type or entities"):
        reading("cyclonedx", b'<!DOCTYPE a [<!ENTITY x "y">]>' + XML.partition(b"?>")[2])
