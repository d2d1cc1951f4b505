"""What package URLs and addresses tell of the source that an artifact was made from."""

import time

import pytest

from producers.addresses import repository_at
from producers.sources.cdevents.artifact import Artifact, artifact_of

NEW = "0" * 39 + "b"
SSH = "git%2Bssh%3A%2F%2Fgit%40git.example%2Fa%2Fb.git"


@pytest.mark.parametrize(
    ("identifier", "artifact"),
    [
        (f"pkg:github/northwind/parcels@{NEW}", Artifact("parcels", "northwind/parcels", NEW)),
        (f"pkg:golang/git.example/northwind/parcels@{NEW}#cmd/api", Artifact("parcels", None, NEW)),
        (f"pkg:oci/a@sha256%3A{NEW}?tag=1&vcs_url={SSH}%40{NEW}", Artifact("a", "a/b", NEW)),
        ("pkg:npm/%40northwind/parcels@1.2.3", Artifact("parcels", None, None)),
        ("pkg:golang/mygit.example/org/app@234fd47e07d1", Artifact("app", None, None)),
        ("pkg:generic", Artifact("generic", None, None)),
        ("pkg:", Artifact("", None, None)),
        ("registry.example/parcels:1.2", Artifact("registry.example/parcels:1.2", None, None)),
    ],
)
def test_a_package_url_tells_repository_and_commit_where_it_has_them(identifier: str, artifact: Artifact) -> None:
    assert artifact_of(identifier) == artifact


@pytest.mark.parametrize(
    ("address", "repository"),
    [
        ("https://git.example/northwind/parcels.git", "northwind/parcels"),
        ("https://user:word@git.example:8443/group/part/parcels/?tab=1", "group/part/parcels"),
        ("git@git.example:northwind/parcels.git", "northwind/parcels"),
        ("git.example/northwind/parcels", "northwind/parcels"),
        ("https://git.example", None),
        ("/event/source/123", None),
        ("git+ssh://git@git.example/northwind/parcels.git@0123", "northwind/parcels"),
        ("northwind/parcels", None),
        ("git.example", None),
        ("git@git.example:", None),
        ("", None),
    ],
)
def test_the_address_of_a_repository_is_its_owner_and_name(address: str, repository: str | None) -> None:
    assert repository_at(address) == repository


@pytest.mark.parametrize("text", ["a.", "x@", "a/", "://", "pkg:", "@h.x/", "?vcs_url=h.x/", "&", "%40"])
def test_no_identifier_takes_long_to_read(text: str) -> None:
    begun = time.perf_counter()
    for identifier in (text * 100_000, f"pkg:oci/{text * 100_000}", f"pkg:oci/a?vcs_url=h.x/{text * 100_000}"):
        artifact_of(identifier)
        repository_at(identifier)
    assert time.perf_counter() - begun < 5
