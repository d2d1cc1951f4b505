"""Which CI a step runs in, and what it says of it."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from producers.ci_step import context, deployment

SHA = "4f1c2a9be07d36d58a1190c4e2b7f3a6d5c80e17"
ENVIRONMENTS: dict[str, dict[str, str]] = {
    "github": {
        "GITHUB_ACTIONS": "true",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": "acme/shop",
        "GITHUB_RUN_ID": "318",
        "GITHUB_RUN_ATTEMPT": "2",
        "GITHUB_WORKFLOW": "verify",
        "GITHUB_JOB": "test",
        "GITHUB_SHA": SHA,
        "GITHUB_REF_NAME": "SHOP-12-cart",
        "GITHUB_ACTOR": "ann-example",
    },
    "gitlab": {
        "GITLAB_CI": "true",
        "CI_PROJECT_PATH": "acme/shop",
        "CI_PIPELINE_ID": "318",
        "CI_PIPELINE_NAME": "verify",
        "CI_JOB_NAME": "test",
        "CI_JOB_URL": "https://gitlab.com/acme/shop/-/jobs/1",
        "CI_COMMIT_SHA": SHA,
        "CI_COMMIT_REF_NAME": "SHOP-12-cart",
        "CI_COMMIT_TITLE": "SHOP-13 Speed up",
        "GITLAB_USER_LOGIN": "ann-example",
    },
    "jenkins": {
        "JENKINS_URL": "https://ci.acme.example/",
        "JOB_NAME": "acme/shop/SHOP-12-cart%2Fx",
        "BRANCH_NAME": "SHOP-12-cart",
        "BUILD_NUMBER": "318",
        "BUILD_URL": "https://ci.acme.example/job/318/",
        "STAGE_NAME": "test",
        "GIT_URL": "https://ann:token@git.acme.example/acme/shop.git",
        "GIT_COMMIT": SHA,
    },
    "buildkite": {
        "BUILDKITE": "true",
        "BUILDKITE_REPO": "git@github.com:acme/shop.git",
        "BUILDKITE_PIPELINE_SLUG": "verify",
        "BUILDKITE_BUILD_ID": "318",
        "BUILDKITE_RETRY_COUNT": "1",
        "BUILDKITE_LABEL": "test",
        "BUILDKITE_COMMIT": SHA,
        "BUILDKITE_BRANCH": "SHOP-12-cart",
        "BUILDKITE_PULL_REQUEST": "false",
        "BUILDKITE_MESSAGE": "SHOP-13 Speed up\n\nCo-authored-by: Bob",
        "BUILDKITE_BUILD_CREATOR": "Ann Example",
    },
    "circleci": {
        "CIRCLECI": "true",
        "CIRCLE_PROJECT_USERNAME": "acme",
        "CIRCLE_PROJECT_REPONAME": "shop",
        "CIRCLE_WORKFLOW_ID": "318",
        "CIRCLE_JOB": "test",
        "CIRCLE_SHA1": SHA,
        "CIRCLE_BRANCH": "SHOP-12-cart",
        "CIRCLE_USERNAME": "ann-example",
    },
    "azure": {
        "TF_BUILD": "True",
        "SYSTEM_TEAMPROJECT": "acme",
        "SYSTEM_COLLECTIONURI": "https://dev.azure.com/acme/",
        "BUILD_REPOSITORY_PROVIDER": "TfsGit",
        "BUILD_REPOSITORY_NAME": "shop",
        "BUILD_DEFINITIONNAME": "verify",
        "BUILD_BUILDID": "318",
        "SYSTEM_JOBATTEMPT": "2",
        "SYSTEM_JOBDISPLAYNAME": "test",
        "BUILD_SOURCEVERSION": SHA,
        "BUILD_SOURCEBRANCH": "refs/heads/SHOP-12-cart",
        "BUILD_REQUESTEDFOR": "Ann Example",
    },
    "bitbucket": {
        "BITBUCKET_BUILD_NUMBER": "318",
        "BITBUCKET_REPO_FULL_NAME": "acme/shop",
        "BITBUCKET_COMMIT": SHA,
        "BITBUCKET_BRANCH": "SHOP-12-cart",
        "BITBUCKET_GIT_HTTP_ORIGIN": "http://bitbucket.org/acme/shop",
    },
}


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_each_ci_says_repository_run_commit_and_branch(name: str) -> None:
    found = context(ENVIRONMENTS[name])
    run = "acme/shop/SHOP-12-cart/x#318" if name == "jenkins" else "318"
    assert [found.get(field) for field in ("ci", "repository", "run", "sha", "branch")] == [
        name,
        "acme/shop",
        run,
        SHA,
        "SHOP-12-cart",
    ]
    assert "change" not in found
    assert "token" not in json.dumps(found)


@pytest.mark.parametrize(
    ("name", "attempt"), [("github", 2), ("gitlab", 1), ("jenkins", 1), ("buildkite", 2), ("azure", 2)]
)
def test_the_attempt_is_told_where_the_ci_counts_them(name: str, attempt: int) -> None:
    assert context(ENVIRONMENTS[name])["attempt"] == attempt


@pytest.mark.parametrize(
    ("name", "more", "change"),
    [
        ("gitlab", {"CI_MERGE_REQUEST_IID": "12", "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "mine"}, "12"),
        ("jenkins", {"CHANGE_ID": "12", "CHANGE_BRANCH": "mine"}, "12"),
        ("buildkite", {"BUILDKITE_PULL_REQUEST": "12", "BUILDKITE_BRANCH": "mine"}, "12"),
        ("circleci", {"CIRCLE_PULL_REQUEST": "https://github.com/acme/shop/pull/12", "CIRCLE_BRANCH": "mine"}, "12"),
        (
            "azure",
            {"SYSTEM_PULLREQUEST_PULLREQUESTNUMBER": "12", "SYSTEM_PULLREQUEST_SOURCEBRANCH": "refs/heads/mine"},
            "12",
        ),
        ("bitbucket", {"BITBUCKET_PR_ID": "12", "BITBUCKET_BRANCH": "mine"}, "12"),
    ],
)
def test_a_change_is_told_with_its_own_branch(name: str, more: dict[str, str], change: str) -> None:
    found = context(ENVIRONMENTS[name] | more)
    assert (found["change"], found["branch"]) == (change, "mine")


def test_of_a_pull_request_github_s_commit_is_the_one_that_was_pushed(tmp_path: Path) -> None:
    event = {"pull_request": {"number": 12, "title": "SHOP-13", "head": {"sha": "a" * 40}}, "sender": {"type": "Bot"}}
    (tmp_path / "event.json").write_text(json.dumps(event))
    more = {"GITHUB_EVENT_PATH": str(tmp_path / "event.json"), "GITHUB_HEAD_REF": "mine", "GITHUB_REF_NAME": "12/merge"}
    found = context(ENVIRONMENTS["github"] | more)
    assert [found[name] for name in ("change", "title", "sha", "branch")] == [12, "SHOP-13", "a" * 40, "mine"]
    assert found["actor"] == {"id": "ann-example", "kind": "bot"}


def test_of_merged_results_gitlab_s_commit_is_the_one_that_was_pushed() -> None:
    assert context(ENVIRONMENTS["gitlab"] | {"CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": "b" * 40})["sha"] == "b" * 40


def test_only_the_first_line_of_a_message_is_told() -> None:
    assert context(ENVIRONMENTS["buildkite"])["title"] == "SHOP-13 Speed up"


def test_a_variable_of_ours_wins_but_the_gateway_s_address_is_none_of_the_step() -> None:
    ours = {
        "PIPEGAUGE_RUN": "9",
        "PIPEGAUGE_SERVICE": "cart",
        "PIPEGAUGE_URL": "https://gauge",
        "PIPEGAUGE_ATTEMPT": "3",
    }
    found: dict[str, Any] = context(ENVIRONMENTS["github"] | ours)
    assert (found["run"], found["service"], found["attempt"]) == ("9", "cart", 3)
    assert found["url"] == "https://github.com/acme/shop/actions/runs/318"


def test_without_a_ci_the_working_copy_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def git(*words: str) -> None:
        identity = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org")
        subprocess.run(["git", *identity, *words], cwd=tmp_path, check=True, capture_output=True)

    git("init", "--initial-branch", "main")
    git("remote", "add", "origin", "https://ann:token@git.acme.example/acme/shop.git")
    git("commit", "--allow-empty", "--message", "first")
    monkeypatch.chdir(tmp_path)
    found = context({})
    assert (found["ci"], found["repository"], found["branch"]) == ("none", "acme/shop", "main")
    assert len(str(found["sha"])) == 40


def test_nowhere_at_all_nothing_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert context({}) == {"ci": "none", "attempt": 1}


PRODUCTION = {"environment": "production", "kind": "deploy"}


@pytest.mark.parametrize(
    ("command", "env", "found"),
    [
        ("helm upgrade --install shop ./chart -n production", {}, PRODUCTION),
        ("/usr/bin/helm --kube-context eu install shop ./chart --namespace=production", {}, PRODUCTION),
        ("helm rollback shop 3 --namespace production", {}, PRODUCTION | {"kind": "rollback"}),
        ("helm upgrade shop ./chart", {"HELM_NAMESPACE": "production"}, PRODUCTION),
        ("helm upgrade shop ./chart", {}, None),
        ("helm upgrade shop ./chart -n production --dry-run", {}, None),
        ("helm upgrade shop ./chart -n production --dry-run=server", {}, None),
        ("helm template shop ./chart -n production", {}, None),
        ("helm uninstall shop -n production", {}, None),
        ("terraform apply -auto-approve", {"TF_WORKSPACE": "production"}, PRODUCTION),
        ("tofu -chdir=infra apply plan.out", {}, PRODUCTION),
        ("terraform apply", {}, None),
        ("terraform apply", {"TF_WORKSPACE": "default"}, None),
        ("terraform apply -destroy", {"TF_WORKSPACE": "production"}, None),
        ("terraform plan", {"TF_WORKSPACE": "production"}, None),
        ("make deploy", {}, None),
        ("make deploy", {"PIPEGAUGE_ENVIRONMENT": "production"}, PRODUCTION),
        ("helm upgrade shop ./chart -n eu", {"PIPEGAUGE_ENVIRONMENT": "production"}, PRODUCTION),
        ("helm upgrade shop ./chart -n eu", {"PIPEGAUGE_ENVIRONMENT": ""}, None),
        ("helm upgrade shop ./chart -n eu", {"CI_ENVIRONMENT_NAME": "production"}, None),
        ("helm upgrade shop ./chart -n eu", {"BITBUCKET_DEPLOYMENT_ENVIRONMENT": "production"}, PRODUCTION),
    ],
)
def test_helm_and_terraform_deploy_where_it_is_known_where_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, env: dict[str, str], found: dict[str, str] | None
) -> None:
    (tmp_path / "infra/.terraform").mkdir(parents=True)
    (tmp_path / "infra/.terraform/environment").write_text("production\n")
    monkeypatch.chdir(tmp_path)
    assert deployment(command.split(), env) == found
