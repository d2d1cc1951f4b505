"""Flux's notification-controller, by its providers `generic-hmac` and `generic`.

https://fluxcd.io/flux/components/notification/providers/#generic-webhook-with-hmac
"""

from producers.naming import EventField
from producers.proof import Credential, FirstPresent
from producers.sources.flux.deployments import helm_release, kustomization
from producers.sources.flux.signature import NamedHmac
from producers.vendor import Vendor, because

_SOURCES = ("Bucket", "ExternalArtifact", "GitRepository", "HelmChart", "HelmRepository", "OCIRepository")
_IMAGES = ("ImagePolicy", "ImageRepository", "ImageUpdateAutomation")
_FLUX_ITSELF = ("Alert", "ArtifactGenerator", "FluxInstance", "Provider", "Receiver")

SOURCE = Vendor(
    name="flux",
    title="Flux",
    page="https://fluxcd.io/flux/components/notification/providers/#generic-webhook-with-hmac",
    setup="""\
A Secret with the key `token`: the secret of `sources.flux` in pipegauge.yaml.
A Provider with `type: generic-hmac`, `address: {url}` and the Secret as `secretRef`.
An Alert with that Provider, `eventSeverity: info`, and as `eventSources` the kinds Kustomization and HelmRelease.
In the Alert's `eventMetadata`, `env`: the environment, such as production; without it, `cluster` or the object's \
namespace is the environment.
On each object, the annotation `event.toolkit.fluxcd.io/repository` with OWNER/NAME of the repository that its \
revisions are commits of: no event of Flux tells it, and without it no change is joined.""",
    naming=EventField("involvedObject.kind"),
    proof=FirstPresent((("X-Signature", NamedHmac("X-Signature")), ("Authorization", Credential()))),
    mappings={"Kustomization": kustomization, "HelmRelease": helm_release},
    ignored=because(
        {
            "what a source or an image brought is told again by what is deployed of it": (*_SOURCES, *_IMAGES),
            "Flux itself is no service": _FLUX_ITSELF,
        }
    ),
    personal=(),
)
