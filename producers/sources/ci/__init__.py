"""What `pipegauge run` tells of a step that it wrapped, in a format of our own. Pure.

One event, `step.finished`, signed as a Standard Webhook:

{"type": "step.finished", "id": "…", "ci": "github", "service", "repository", "pipeline", "run", "attempt", "job",
 "stage", "command", "sha", "branch", "change", "title", "url", "actor": {"id", "kind"},
 "started_at": "2026-03-05T10:00:00Z", "finished_at", "exit_code": 0, "signal": 9, "cancelled": true,
 "not_started": true, "deployment": {"environment", "kind": "deploy" or "rollback"},
 "reports": [{"format": "junit", "path": "build/junit.xml", "automated": false,
 "deflated": "base64 of a zlib stream"}]}

What the step does not know is left out. `signal` is what ended the command, `cancelled` says that the step itself was
told to end, `not_started` that there was no such command. Of each report only what its format keeps is kept, as text in
`content` instead of `deflated`: such a delivery gives the same events.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from producers.naming import EventField
from producers.proof import StandardWebhook
from producers.source import Reducing
from producers.sources.ci.deployment import deployed
from producers.sources.ci.reports import reduced, told_reports
from producers.sources.ci.step import About, measured
from producers.vendor import Told, Vendor
from schemas.events import Event
from schemas.report_rules import ReportRule


@dataclass(frozen=True)
class StepSource(Vendor, Reducing):
    """The source `ci`."""

    def reduced(self, document: object) -> object:
        """See Reducing."""
        return reduced(document)


def step_source(rules: Sequence[ReportRule]) -> StepSource:
    """The source `ci`, which tells tests by the paths of their reports as `rules` say."""

    def finished(told: Told) -> list[Event]:
        step = About.of(told.payload, told.received_at)
        task = measured(step)
        return [task, *deployed(step, task.outcome or "error"), *told_reports(step, rules)]

    return StepSource(
        name="ci",
        title="A CI step",
        page="https://www.standardwebhooks.com",
        setup="""\
Add `ci: {secrets: [...]}` under `sources:` in pipegauge.yaml.
Give the CI job PIPEGAUGE_URL (the address of the gateway, of which {url} is a page) and PIPEGAUGE_SECRET.
Put `pipegauge run --` before the command of the step, or `python3 ci_step.py --` with that one file.""",
        naming=EventField("type"),
        proof=StandardWebhook(),
        mappings={"step.finished": finished},
        ignored={},
        personal=("**.actor.id",),
    )


SOURCE = step_source(())
