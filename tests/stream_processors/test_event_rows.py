from typing import Any

import pytest

from schemas.events import (
    ArtifactPublished,
    CommitsPushed,
    DeploymentUpdated,
    EnvironmentUpdated,
    FindingsReported,
    GateEvaluated,
    IncidentUpdated,
    Origin,
    RunUpdated,
    TaskUpdated,
    TestsReported,
    TicketUpdated,
)
from tests.stream_processors.records import NOON, event_arrival, id_of, only_row

BASE: dict[str, Any] = {"id": id_of(1), "source": "s", "origin": Origin(), "occurred_at": NOON, "received_at": NOON}


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (
            GateEvaluated(**BASE, gate="lint", evaluation="1", outcome="failed", sha="abc"),
            {"name": "lint", "sha": "abc", "outcome": "failed", "state": "", "actor_kind": ""},
        ),
        (
            TaskUpdated(**BASE, run="7", attempt=1, task="1", name="build", state="queued"),
            {"name": "build", "run": "7", "state": "queued", "outcome": ""},
        ),
        (
            DeploymentUpdated(**BASE, deployment="1", environment="prod", sha="abc", state="failed", created_at=NOON),
            {"name": "prod", "environment": "prod", "state": "failed"},
        ),
        (
            CommitsPushed(**BASE, branch="main", default_branch=True, before=None, after="def", commits=()),
            {"sha": "def", "repository": "", "name": ""},
        ),
        (
            RunUpdated(**BASE, run="7", attempt=1, state="finished"),
            {"name": "", "run": "7", "state": "finished", "outcome": ""},
        ),
        (
            DeploymentUpdated(**BASE, deployment="1", environment="prod", state="succeeded", created_at=NOON),
            {"name": "prod", "environment": "prod", "sha": ""},
        ),
        (
            TicketUpdated(**BASE, ticket="SHOP-12", action="updated", state="in_progress", title="Slow cart"),
            {"name": "SHOP-12", "state": "in_progress"},
        ),
        (
            TestsReported(**BASE, report="9", name="unit", outcome="failure"),
            {"name": "unit", "state": "finished", "outcome": "failure"},
        ),
        (
            FindingsReported(**BASE, report="9", tool="codeql", high=1),
            {"name": "codeql", "state": "open"},
        ),
        (
            FindingsReported(**BASE, report="9", tool="codeql", state="resolved"),
            {"name": "codeql", "state": "resolved"},
        ),
        (
            ArtifactPublished(**BASE, artifact="pkg:oci/cart@1", action="signed", name="cart"),
            {"name": "cart", "state": "signed"},
        ),
        (
            ArtifactPublished(**BASE, artifact="sha256:77", action="deleted"),
            {"name": "sha256:77", "state": "deleted"},
        ),
        (
            EnvironmentUpdated(**BASE, environment="env-7", action="created", name="staging"),
            {"name": "staging", "environment": "env-7", "state": "created"},
        ),
        (
            EnvironmentUpdated(**BASE, environment="env-7", action="deleted"),
            {"name": "env-7", "environment": "env-7", "state": "deleted"},
        ),
        (
            IncidentUpdated(**BASE, incident="INC-4", state="resolved", environment="prod", artifact="pkg:oci/cart@1"),
            {"name": "INC-4", "environment": "prod", "state": "resolved"},
        ),
    ],
)
def test_every_type_fills_the_columns_that_it_knows(event: Any, expected: dict[str, str]) -> None:
    assert only_row(event_arrival(event)).items() >= expected.items()
