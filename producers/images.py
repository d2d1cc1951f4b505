"""Images in a registry: the name that all tools give them, and what their tags tell. Pure."""

from typing import NamedTuple

from producers.addresses import commit_in
from producers.package_urls import package_url
from schemas.events import Links, Origin


class Image(NamedTuple):
    """An image: the registry's host, '' where it is not told, and the path of the repository in it, such as
    `shop/cart`; its digest and its tag, None where it has none or none was told."""

    registry: str
    repository: str
    digest: str | None
    tag: str | None

    @property
    def source(self) -> str:
        """The repository as a URI."""
        return f"//{self.registry}/{self.repository}" if self.registry else f"/{self.repository}"

    @property
    def origin(self) -> Origin:
        """What the catalog can match: the registry's repository, which is none of source code."""
        return Origin(project=self.repository)

    @property
    def purl(self) -> str:
        """The package URL."""
        name, where = self.repository.rpartition("/")[2], self.source.strip("/")
        return package_url("oci", name, self.digest, repository_url=where, tag=self.tag)

    @property
    def links(self) -> Links:
        """The commit, of an image that is tagged with it."""
        return Links(sha=commit_in(self.tag or ""))
