"""SonarQube's webhooks, Server and Cloud alike: one after each analysis, and one when a changed issue turns the gate.

https://docs.sonarsource.com/sonarqube-server/project-administration/webhooks/

Conditions tell coverage as a percentage, of no number of lines, and only where the gate asks for it: so no coverage is
read from them.
"""

from collections.abc import Mapping

from producers.naming import OnlyEvent
from producers.payload import Payload
from producers.proof import Hmac
from producers.references import tickets_in
from producers.vendor import Told, Vendor
from schemas.events import Event, GateEvaluated, GateOutcome, Links, Origin

_TASKS = frozenset({"SUCCESS", "FAILED", "CANCELED"})
_GATES: Mapping[str, GateOutcome] = {
    "OK": "passed",
    "WARN": "passed",  # of releases before 7.6: a warning kept nobody from merging
    "ERROR": "failed",
    "NONE": "skipped",
}


def analysis(told: Told) -> list[Event]:
    """The quality gate of an analysis. One that broke off evaluated none."""
    report = told.payload
    if report.text("status") not in _TASKS:
        raise report.unfit("status", "a status of a task that we know")
    gate = report.optional_part("qualityGate")
    if gate is None:
        return []
    outcome = _GATES.get(gate.text("status"))
    if outcome is None:
        raise gate.unfit("status", "a status of a quality gate that we know")
    project, branch = report.part("project"), report.optional_part("branch")
    analysed_at, task = report.moment("analysedAt"), report.optional_text("taskId")
    # Without a task nothing was analysed again: somebody changed an issue of that analysis.
    at = analysed_at if task else report.moment("changedAt")
    line = (branch.optional_text("name") if branch else None) or ""
    evaluation = task or f"{project.text('key')}/{line}/{at.isoformat()}"
    revision = report.optional_text("revision")
    change = line if branch and line and branch.text("type") == "PULL_REQUEST" else None
    return [
        GateEvaluated(
            **told.frame("GateEvaluated", project.text("url"), _origin(report, project), evaluation, outcome, at),
            url=(branch.optional_text("url") if branch else None) or project.text("url"),
            links=Links(tickets=tickets_in(line), sha=revision, change=change),
            gate=gate.text("name"),
            evaluation=evaluation,
            outcome=outcome,
            # A project without version control has no commit: its analysis stands for one.
            sha=revision or f"analysis/{line}/{analysed_at.isoformat()}",
            finished_at=at,
        )
    ]


def _origin(report: Payload, project: Payload) -> Origin:
    properties = report.optional_part("properties")
    repository = properties.optional_text("sonar.analysis.repository") if properties else None
    return Origin(repository=repository, project=project.text("key"))


SOURCE = Vendor(
    name="sonarqube",
    title="SonarQube",
    page="https://docs.sonarsource.com/sonarqube-server/project-administration/webhooks/",
    setup="""\
Administration, Configuration, Webhooks (of all projects), or Project Settings, Webhooks (of one): Create.
URL: {url}. Secret: the one of `sources.sonarqube` in pipegauge.yaml.
So that a gate is joined to the changes of its repository, give the scanner \
`-Dsonar.analysis.repository=OWNER/NAME`; without it the project's key is what a service claims.""",
    naming=OnlyEvent("analysis"),
    proof=Hmac("X-Sonar-Webhook-HMAC-SHA256"),
    mappings={"analysis": analysis},
    ignored={},
    personal=(),
)
