"""A step that deploys, and one of which nobody knows whose it is."""

from pathlib import Path

from schemas.events import DeploymentUpdated
from tests.producers.ci_step.gateway import Gateway, events, step


def test_a_step_that_deploys_is_a_deployment_and_one_that_never_began_is_none(tmp_path: Path, gateway: Gateway) -> None:
    step(tmp_path, gateway.url, "--", "sh", "-c", "exit 1", PIPEGAUGE_ENVIRONMENT="production", PIPEGAUGE_SHA="a" * 40)
    task, deployment = events(gateway)
    assert isinstance(deployment, DeploymentUpdated)
    assert (deployment.environment, deployment.tier, deployment.state) == ("production", "production", "failed")
    assert (deployment.sha, deployment.created_at) == ("a" * 40, task.started_at)
    step(tmp_path, gateway.url, "--", "no-such-command", PIPEGAUGE_ENVIRONMENT="production")
    assert len(events(gateway)) == 1


def test_a_step_of_nobody_is_not_told_and_the_line_says_what_to_set(tmp_path: Path, gateway: Gateway) -> None:
    done = step(tmp_path, gateway.url, "--", "sh", "-c", "exit 3", PIPEGAUGE_REPOSITORY="")
    assert done.returncode == 3
    assert done.stderr.endswith(b"set PIPEGAUGE_REPOSITORY or PIPEGAUGE_SERVICE\n")
    assert gateway.came == []
