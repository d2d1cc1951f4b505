"""Docker Hub's webhooks: one for each push of a tag. https://docs.docker.com/docker-hub/repos/manage/webhooks/"""

from producers.images import Image
from producers.naming import OnlyEvent
from producers.proof import Credential
from producers.vendor import Told, Vendor
from schemas.events import Actor, ArtifactPublished, Event

_REGISTRY = "docker.io"


def push(told: Told) -> list[Event]:
    """A tag was pushed. Docker Hub tells no digest."""
    pushed, repository = told.payload.part("push_data"), told.payload.part("repository")
    image = Image(_REGISTRY, repository.text("repo_name"), None, pushed.text("tag"))
    at, pusher = pushed.optional_moment("pushed_at"), pushed.optional_text("pusher")
    return [
        ArtifactPublished(
            # Some relays leave the time out.
            **told.frame("ArtifactPublished", image.source, image.origin, image.purl, "published", at),
            actor=Actor(id=pusher) if pusher else None,
            url=repository.optional_text("repo_url"),
            links=image.links,
            artifact=image.purl,
            action="published",
            name=image.repository,
        )
    ]


SOURCE = Vendor(
    name="docker-hub",
    title="Docker Hub",
    page="https://docs.docker.com/docker-hub/repos/manage/webhooks/",
    setup="""\
Repository, Webhooks: a name, and as URL {url}/SECRET. Docker Hub can neither sign nor send a header.
SECRET is the one of `sources.docker-hub` in pipegauge.yaml.""",
    naming=OnlyEvent("push"),
    proof=Credential(),
    mappings={"push": push},
    ignored={},
    personal=("**.pusher", "**.owner"),
)
