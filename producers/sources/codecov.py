"""Codecov's webhooks: the coverage of a commit. https://docs.codecov.com/docs/notifications

What they hold is told best by the program that sends them:
https://github.com/codecov/umbrella/blob/main/apps/worker/services/notification/notifiers/webhook.py

They tell when the commit was made, and not when its coverage was measured: the moment of receipt stands in.
"""

from producers.naming import OnlyEvent
from producers.proof import Credential
from producers.references import tickets_in
from producers.vendor import Told, Vendor
from schemas.events import Event, Links, Origin, TestsReported


def coverage(told: Told) -> list[Event]:
    """The lines of the head commit: those that were hit, of all. A partial hit is none. It has no totals before the
    first upload."""
    head, repository, pull = told.payload.part("head"), told.payload.part("repo"), told.payload.optional_part("pull")
    totals, sha = head.optional_part("totals"), head.text("commitid")
    if totals is None:
        return []
    # A subgroup of GitLab is written with colons, as Codecov does in its addresses.
    owner = told.payload.part("owner").text("username").replace(":", "/")
    change, branch = pull.id("number") if pull else None, head.optional_text("branch")
    hits, lines = totals.number("hits"), totals.number("lines")
    return [
        TestsReported(
            **told.frame(
                "TestsReported",
                repository.text("url"),
                Origin(repository=f"{owner}/{repository.text('name')}"),
                sha,
                "measured",
                None,
                # Each upload adds to what is known of a commit.
                mark=f"{totals.number('sessions', default=0)}/{hits}/{lines}",
            ),
            url=head.optional_text("url"),
            links=Links(tickets=tickets_in(branch, head.optional_text("message")), sha=sha, change=change),
            report=sha,
            name="codecov",
            covered=hits,
            coverable=lines,
        )
    ]


SOURCE = Vendor(
    name="codecov",
    title="Codecov",
    page="https://docs.codecov.com/docs/notifications",
    setup="""\
In codecov.yml, `coverage: {notify: {webhook: {default: {url: "{url}/SECRET"}}}}`. Codecov can neither sign nor send a \
header.
SECRET is the one of `sources.codecov` in pipegauge.yaml; Codecov's YAML may hold the address encrypted.""",
    naming=OnlyEvent("coverage"),
    proof=Credential(),
    mappings={"coverage": coverage},
    ignored={},
    personal=("**.author.username", "**.author.email", "**.author.name"),
)
