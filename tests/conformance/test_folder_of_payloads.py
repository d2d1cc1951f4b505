"""A folder of payloads is read as it is laid out: events by folder, headers beside them, schemas left out."""

import json
from pathlib import Path
from typing import Any

import pytest

from deploy.conformance.payloads import corpus_in


def written(root: Path, name: str, value: Any) -> None:
    file = root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    index = {"acme-ci": {"header": "X-Acme-Event", "events": {"build_ended": "build"}}, "ghcr": {"header": "X-G"}}
    written(tmp_path, "event_headers.json", index)
    written(tmp_path, "acme-ci/build_ended/one.json", {"id": 1})
    written(tmp_path, "acme-ci/build_ended/two.json", {"id": 2})
    written(tmp_path, "acme-ci/build_ended/two.headers.json", {"X-Acme-Event": "build.v2", "X-Request-Id": 7})
    written(tmp_path, "acme-ci/ping/one.json", "not JSON")
    written(tmp_path, "acme-ci/schemas/build.json", {"$schema": "https://json-schema.org/draft/2020-12/schema"})
    written(tmp_path, "acme-ci/build_ended/excerpt.json", {"id": 4, "build": [{"...": "..."}]})
    written(tmp_path, "acme-ci/releases/v1/build/three.json", {"id": 3, "note": "has no $schema"})
    written(tmp_path, "ghcr/package/one.json", {})
    written(tmp_path, "github/push/one.json", {})
    written(tmp_path, "_invalid/build/one.json", {})
    written(tmp_path, "signatures/vectors.json", [])
    return tmp_path


def test_each_payload_has_the_headers_recorded_beside_it_or_the_one_that_its_folder_stands_for(root: Path) -> None:
    cases = corpus_in(root, ["acme-ci"]).of("acme-ci")["acme-ci"]
    assert {case.name: case.headers.get("x-acme-event") for case in cases} == {
        "acme-ci/build_ended/excerpt.json": "build",
        "acme-ci/build_ended/one.json": "build",
        "acme-ci/build_ended/two.json": "build.v2",
        "acme-ci/ping/one.json": "ping",
        "acme-ci/releases/v1/build/three.json": "releases",
    }
    assert {case.headers["content-type"] for case in cases} == {"application/json"}
    assert cases[2].headers["x-request-id"] == "7"


def test_an_excerpt_of_a_documentation_is_known_by_its_dots(root: Path) -> None:
    cases = corpus_in(root, ["acme-ci"]).of("acme-ci")["acme-ci"]
    assert [case.name for case in cases if case.excerpt] == ["acme-ci/build_ended/excerpt.json"]


def test_packages_are_read_by_github_and_other_folders_without_a_source_are_named(root: Path) -> None:
    corpus = corpus_in(root, ["acme-ci", "github"])
    assert list(corpus.of("github")) == ["ghcr", "github"]
    assert corpus.without_source == ("_invalid", "signatures")
    assert "ghcr" in corpus_in(root, ["acme-ci"]).without_source


def test_signatures_are_read_with_their_bodies(root: Path) -> None:
    one = {"provider": "acme-ci", "name": "a", "body": "a.bin", "secret": "s", "headers": {"X-T": "1700000000"}}
    written(root, "signatures/vectors.json", [{**one, "expect": "valid", "scheme": "any"}])
    written(root, "signatures/a.bin", "the body")
    [vector] = corpus_in(root, []).vectors
    assert (vector.body, vector.secret, vector.headers) == (b"the body", b"s", {"x-t": "1700000000"})


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        corpus_in(tmp_path / "corpus", [])


def test_an_index_that_is_no_json_is_said(root: Path) -> None:
    written(root, "event_headers.json", "{")
    with pytest.raises(ValueError, match="mend it or take it out"):
        corpus_in(root, [])
