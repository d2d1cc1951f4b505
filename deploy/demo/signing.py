"""How the company's tools sign what they send."""

from collections.abc import Mapping

from deploy.demo.moments import Planned
from deploy.demo.poster import Sign
from producers.sender import signed_headers
from producers.signatures import github_headers
from schemas.deliveries import Secret


def as_github(secret: Secret) -> Sign:
    """As GitHub, whose deliveries have an id in a header."""

    def sign(planned: Planned, body: bytes) -> dict[str, str]:
        return github_headers(planned.event, body, secret, planned.delivery)

    return sign


def as_each_tool(secrets: Mapping[str, Secret]) -> Sign:
    """As the tool that a delivery is of, by the secret of its source."""

    def sign(planned: Planned, body: bytes) -> dict[str, str]:
        return signed_headers(planned.source, planned.event, body, secrets[planned.source])

    return sign
