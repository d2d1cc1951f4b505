"""JFrog Artifactory's predefined webhooks. https://docs.jfrog.com/administration/docs/event-types

They tell no time, so the moment of receipt stands in.
"""

from producers.naming import EventField
from producers.sources.jfrog.artifacts import file, image
from producers.sources.jfrog.event import DomainAndType
from producers.sources.jfrog.secret import SecretOrHash
from producers.vendor import Vendor, because

_MOVES = ("artifact.cached", "artifact.copied", "artifact.moved", "docker.promoted")
_PROPERTIES = ("artifact_property.added", "artifact_property.deleted")
_BUILDS = ("build.deleted", "build.promoted", "build.uploaded")
_BUNDLES = (
    "release_bundle.created", "release_bundle.deleted", "release_bundle.signed",
    "release_bundle_v2.release_bundle_v2_completed", "release_bundle_v2.release_bundle_v2_failed",
    "release_bundle_v2.release_bundle_v2_started",
    "release_bundle_v2_promotion.release_bundle_v2_promotion_completed",
    "release_bundle_v2_promotion.release_bundle_v2_promotion_failed",
    "release_bundle_v2_promotion.release_bundle_v2_promotion_started",
)  # fmt: skip
_EDGES = (
    "artifactory_release_bundle.delete_completed", "artifactory_release_bundle.delete_failed",
    "artifactory_release_bundle.delete_started", "artifactory_release_bundle.received",
    "distribution.delete_completed", "distribution.delete_failed", "distribution.delete_started",
    "distribution.distribute_aborted", "distribution.distribute_completed", "distribution.distribute_failed",
    "distribution.distribute_started",
)  # fmt: skip

SOURCE = Vendor(
    name="jfrog",
    title="JFrog Artifactory",
    page="https://docs.jfrog.com/administration/docs/event-types",
    setup="""\
Platform, Integrations, Webhooks, New Webhook, Predefined. URL: {url}.
Secret token: the one of `sources.jfrog` in pipegauge.yaml; with or without Use secret for payload signing.
Events: Docker, Tag was pushed and was deleted; for other packages, Artifact was deployed and was deleted.""",
    naming=DomainAndType((EventField("domain"), EventField("destination")), EventField("event_type")),
    proof=SecretOrHash("X-JFrog-Event-Auth"),
    mappings={
        "docker.pushed": image, "docker.deleted": image, "artifact.deployed": file, "artifact.deleted": file,
    },
    ignored=because(
        {
            "a copy of what was published": _MOVES,
            "properties of what was published": _PROPERTIES,
            "the CI tells its builds": _BUILDS,
            "a bundle of artifacts that were published": _BUNDLES,
            "a copy of a bundle on an edge": _EDGES,
            "settings and rights": ("user.locked",),
        }
    ),
    personal=("**.source", "**.userContext.id"),
)  # fmt: skip
