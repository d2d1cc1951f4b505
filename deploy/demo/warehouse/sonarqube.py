"""How SonarQube tells the quality gate of an analysis."""

from collections.abc import Iterator
from functools import partial

from deploy.demo.moments import Body, Moment
from deploy.demo.story import Check
from deploy.demo.warehouse.company import SONARQUBE

GATE = "Sonar way"


def evaluation_of(check: Check) -> str:
    """The id of the task that analysed a commit."""
    return f"AY{check.id:x}"


def check_moments(check: Check, branch: str) -> Iterator[Moment]:
    """The one delivery of an analysis; one that was cancelled tells no gate."""
    key = ("sonarqube", check.repository.full_name, check.id)
    yield Moment(check.finished_at, "analysis", key, partial(_analysis, check, branch), "sonarqube")


def _analysis(check: Check, branch: str) -> Body:
    project = f"northwind-{check.repository.name}"
    page = f"{SONARQUBE}/dashboard?id={project}"
    body: Body = {
        "serverUrl": SONARQUBE,
        "taskId": evaluation_of(check),
        "status": "CANCELED" if check.conclusion == "cancelled" else "SUCCESS",
        "analysedAt": check.finished_at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
        "revision": check.sha,
        "project": {"key": project, "name": check.repository.name.capitalize(), "url": page},
        "branch": {"name": branch, "type": "BRANCH", "isMain": False, "url": f"{page}&branch={branch}"},
        "properties": {"sonar.analysis.repository": check.repository.full_name},
    }
    if check.conclusion != "cancelled":
        body["qualityGate"] = {
            "name": GATE,
            "status": "OK" if check.conclusion == "success" else "ERROR",
            "conditions": [],
        }
    return body
