"""Codacy's webhooks: a commit was analysed.

https://docs.codacy.com/repositories-configure/integrations/webhook-notifications/

They tell how many issues the commit brought and how many it fixed, but neither how many are open nor of which severity,
and no verdict: so the scan is told without counts. They tell no time either: the moment of receipt stands in.
"""

import re

from producers.naming import OnlyEvent
from producers.proof import Credential
from producers.vendor import Told, Vendor
from schemas.events import Event, FindingsReported, Links, Origin

_PAGE = re.compile(r"(?P<page>https?://[^/]+/[^/]+/(?P<repository>[^/]+/[^/?]+?)(?:\.git)?)/commit")


def commit(told: Told) -> list[Event]:
    """The analysis of a commit. Its page is all that names the repository."""
    data, results = told.payload.part("commit").part("data"), told.payload.part("commit").part("results")
    sha, url = data.text("uuid"), data.part("urls").text("delta")
    page = _PAGE.match(url)
    if page is None:
        raise data.part("urls").unfit("delta", "the address of a commit's page")
    counts = f"{results.number('new_count')}/{results.number('fixed_count')}"
    origin = Origin(repository=page["repository"])
    return [
        FindingsReported(
            **told.frame("FindingsReported", page["page"], origin, sha, "analysed", None, mark=counts),
            url=url,
            links=Links(sha=sha),
            report=sha,
            tool="codacy",
            kind="code",
        )
    ]


SOURCE = Vendor(
    name="codacy",
    title="Codacy",
    page="https://docs.codacy.com/repositories-configure/integrations/webhook-notifications/",
    setup="""\
Repository, Settings, Integrations, Add integration, Webhook. Endpoint address: {url}/SECRET. Codacy can neither sign \
nor send a header.
SECRET is the one of `sources.codacy` in pipegauge.yaml.""",
    naming=OnlyEvent("commit"),
    proof=Credential(),
    mappings={"commit": commit},
    ignored={},
    personal=(),
)
