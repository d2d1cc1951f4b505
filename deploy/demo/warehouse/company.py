"""The warehouse: its people, its repository, and where its tools are."""

from deploy.demo.company import JobKind, Person, Pipeline, Repository, Service
from deploy.demo.story import Change

GITLAB = "https://gitlab.northwind.example"
JENKINS = "https://jenkins.northwind.example"
SONARQUBE = "https://sonar.northwind.example"
ARGO_CD = "https://argocd.northwind.example"
JIRA = "https://northwind.atlassian.example"
PAGERDUTY = "https://northwind.pagerduty.example"

PROJECT = "WARE"
"""The project in Jira that the warehouse's tickets are in."""

_LOGISTICS = (
    Person("hana-kovar", "Hana Kovar"),
    Person("idris-bello", "Idris Bello"),
    Person("jonas-wirth", "Jonas Wirth"),
)

WAREHOUSE = Service("warehouse", "logistics", "src", _LOGISTICS, 180, 95, 70, 0.05)
REPOSITORY = Repository(
    name="warehouse",
    services=(WAREHOUSE,),
    checks=Pipeline("warehouse", "Jenkinsfile", (JobKind("build", 2.4), JobKind("unit-tests", 6.2, 0.3, 0.1))),
    after_merge=None,
    coverage_status=False,
    changes_a_day=2.6,
    trains=(),
    first_number=96,
)


def ticket_of(change: Change) -> str:
    """The key of the ticket that a change is made for."""
    return f"{PROJECT}-{100 + change.number}"


def branch_of(change: Change) -> str:
    """The branch of a change, which names its ticket."""
    return f"{ticket_of(change)}-{change.branch}"
