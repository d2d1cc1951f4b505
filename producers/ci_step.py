#!/usr/bin/env python3
"""Wraps a step of a CI job, and tells pipegauge how long it took, how it ended and what its reports say.

    pipegauge run [--stage S] [--tests GLOB] [--coverage GLOB] [--sarif GLOB] [--manual-tests FILE] -- CMD
    python3 ci_step.py [the same]

This one file needs nothing but Python 3.8 on Linux or macOS: copy it where the package is not installed. Output,
signals and exit code of CMD pass through untouched (128 + n for a signal n). PIPEGAUGE_URL and PIPEGAUGE_SECRET say
where to and signed with what; without them CMD takes this process's place. The step never fails or waits because
pipegauge is away: it tries for 2 seconds in all, then keeps the delivery in a file that the next step sends.
"""

# longer: one file that is copied and used alone
from __future__ import annotations

import os
import sys

if __name__ == "__main__":  # what lies beside this file is not what the imports below mean
    _here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [path for path in sys.path if os.path.abspath(path) != _here]

import _thread
import binascii
import signal
import time

TYPE_CHECKING = False  # typing takes its time to import
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

PATIENCE_S = 2.0
MOST_BYTES = 8 << 20
"""Bytes of a delivery; reports that do not fit are left out, and named."""
MOST_REPORTS = 500
MOST_KEPT, KEPT_S, LONGEST_SENDING_S = 100, 7 * 86_400, 60
"""How many deliveries wait for the next step, and how long."""
USAGE = (
    "Usage: pipegauge run [--stage S] [--tests GLOB] [--coverage GLOB] [--sarif GLOB] [--manual-tests FILE] -- CMD\n\n"
    "Runs CMD and tells pipegauge of it. PIPEGAUGE_URL is the gateway's address, PIPEGAUGE_SECRET the secret of its\n"
    "source `ci`. Options but --stage may be repeated; a GLOB may have **.\n"
)
_REPORTS = {"--tests": "tests", "--coverage": "coverage", "--sarif": "sarif", "--manual-tests": "manual"}
_PASSED_ON = [
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2")
    if hasattr(signal, name)
]
_LONGEST_ANSWER = 1 << 16
_ENDING = (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM))
_DIES_WITH_PARENT = 1  # PR_SET_PDEATHSIG of Linux


class WrongUse(Exception):
    """The words of the command line; the message says which."""


class Options:
    """The command line as it was read; `reports` are pairs of a kind and a glob."""

    def __init__(self, words: list[str]) -> None:
        self.stage = ""
        self.reports: list[tuple[str, str]] = []
        rest = list(words)
        while rest and rest[0].startswith("-") and rest[0] != "--":
            name, has_value, value = rest.pop(0).partition("=")
            if name != "--stage" and name not in _REPORTS:
                raise WrongUse(f"there is no option {name}")
            if not has_value:
                if not rest or rest[0] == "--":
                    raise WrongUse(f"{name} needs a value")
                value = rest.pop(0)
            if name == "--stage":
                self.stage = value
            else:
                self.reports.append((_REPORTS[name], value))
        self.command = rest[1:] if rest[:1] == ["--"] else rest
        if not self.command and not any(kind == "manual" for kind, _ in self.reports):
            raise WrongUse("say the command behind --")


class Ended:
    """How a command ended: its exit code as a shell tells it, and the signal that ended it, if one did."""

    def __init__(self, code: int, by: int | None = None, started: bool = True) -> None:
        self.code, self.by, self.started = code, by, started


class Wrapped:
    """A command as a child in a process group of its own, so that a signal to this process is passed on to all of it.

    `told` are the signals that came; the terminal, if there is one, is the child's while it runs.
    """

    def __init__(self, command: list[str]) -> None:
        self.command, self._pid = command, 0
        self.told: list[int] = []
        self._lent = _is_ours(0)

    def start(self) -> None:
        """Starts the command. Signals that come meanwhile are held back until there is somebody to tell them to."""
        caught = [number for number in _PASSED_ON if signal.getsignal(number) != signal.SIG_IGN]
        self._of_children = signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # ignored, it would lose the exit code
        reading, writing = os.pipe()
        signal.pthread_sigmask(signal.SIG_BLOCK, caught)
        try:
            self._pid = os.fork()
        except OSError:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, caught)
            raise
        if self._pid == 0:
            self._become(caught, writing)
        for number in caught:
            signal.signal(number, self._pass_on)
        _quietly(lambda: os.setpgid(self._pid, self._pid))  # whoever is first, child or parent: it has its group
        signal.pthread_sigmask(signal.SIG_UNBLOCK, caught)
        os.close(writing)
        self._failure = reading

    def wait(self) -> Ended:
        """Waits for the command's end."""
        while True:
            _, status = os.waitpid(self._pid, os.WUNTRACED if self._lent else 0)
            if not os.WIFSTOPPED(status):
                break
            self._stop_too()
        self._pid = 0
        if self._lent:
            _lend(os.getpgrp())
        failure = os.read(self._failure, 200).decode("utf-8", "replace")
        os.close(self._failure)
        if failure:
            code, _, said = failure.partition(" ")
            _say(f"{self.command[0]}: {said}")
            return Ended(int(code), started=False)
        if os.WIFSIGNALED(status):
            return Ended(128 + os.WTERMSIG(status), os.WTERMSIG(status))
        return Ended(os.WEXITSTATUS(status))

    def _pass_on(self, number: int, _frame: object) -> None:
        self.told.append(number)
        if self._pid:
            _quietly(lambda: os.killpg(self._pid, number))

    def _stop_too(self) -> None:
        """The user stopped the command (Ctrl-Z): so does this process, and both go on together."""
        _lend(os.getpgrp())
        os.kill(os.getpid(), signal.SIGSTOP)
        _lend(self._pid)
        _quietly(lambda: os.killpg(self._pid, signal.SIGCONT))

    def _become(self, caught: list[int], writing: int) -> None:
        """In the child: takes its group and its terminal, and turns into the command."""
        code, said = 126, "cannot be run"
        try:
            os.setpgid(0, 0)
            if self._lent:
                _lend(os.getpid())
            _die_with_parent()
            for number in (*caught, signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores the last two for itself
                signal.signal(number, signal.SIG_DFL)
            signal.signal(signal.SIGCHLD, self._of_children)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, caught)
            os.execvp(self.command[0], self.command)
        except FileNotFoundError:  # told as a shell tells it
            code, said = 127, "command not found"
        except OSError as error:  # no permission, or no program
            said = error.strerror or said
        finally:
            os.write(writing, f"{code} {said}".encode())
            os._exit(code)


def _to_end(told: list[int]) -> bool:
    return any(number in _ENDING for number in told)


def _is_ours(terminal: int) -> bool:
    """Whether this process is in the foreground of a terminal."""
    try:
        return os.isatty(terminal) and os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:  # a terminal that is not this session's
        return False


def _lend(group: int) -> None:
    """Puts a process group in the foreground of the terminal."""
    before = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    _quietly(lambda: os.tcsetpgrp(0, group))
    signal.signal(signal.SIGTTOU, before)


def _die_with_parent() -> None:
    """A CI that kills a step for good kills its process group, in which the command is not."""
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    ctypes.CDLL(None).prctl(_DIES_WITH_PARENT, int(signal.SIGKILL))


def _quietly(act: Callable[[], object]) -> None:
    try:
        act()
    except OSError:  # the other side has ended, or did it before
        pass


def _rename(old: str, new: str) -> None:
    _quietly(lambda: os.rename(old, new))


def _remove(path: str) -> None:
    _quietly(lambda: os.unlink(path))


def _say(text: str) -> None:
    """One line; whoever reads the step's output must not be kept from it."""
    try:
        os.write(2, f"pipegauge: {text}\n".encode("utf-8", "replace"))
    except OSError:  # nobody reads it
        pass


# What the CI says of the step. Each knows its own variables only; PIPEGAUGE_… wins over all.

_SAID = ("service", "repository", "pipeline", "run", "attempt", "job", "sha", "branch", "change", "title")


def context(env: dict[str, str]) -> dict[str, object]:
    """What is known of the step: which CI, which run of which pipeline, of which commit."""
    name, of = next(((name, of) for name, (is_here, of) in _KNOWN.items() if is_here(env)), ("none", _of_git))
    found: dict[str, object] = {"ci": name}
    try:
        found.update(of(env))
    except Exception:  # a variable that is not what it should be: the step goes on with what is known
        pass
    found.update({field: env.get(f"PIPEGAUGE_{field.upper()}") or found.get(field) for field in _SAID})
    attempt = str(found.get("attempt") or 1)
    found["attempt"] = int(attempt) if attempt.isdigit() else 1
    return {field: value for field, value in found.items() if value not in (None, "")}


def _github(env: dict[str, str]) -> dict[str, object]:
    event = _json_at(env.get("GITHUB_EVENT_PATH"))
    change, head = _at(event, "pull_request"), _at(event, "head_commit")
    server, repository, run = (env.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID"))
    return {
        "repository": repository,
        "pipeline": env.get("GITHUB_WORKFLOW"),
        "run": run,
        "attempt": env.get("GITHUB_RUN_ATTEMPT"),
        "job": env.get("GITHUB_JOB"),
        # Of a pull request GITHUB_SHA is a merge that nobody pushed.
        "sha": _at(change, "head", "sha") or env.get("GITHUB_SHA"),
        "branch": env.get("GITHUB_HEAD_REF") or env.get("GITHUB_REF_NAME"),
        "change": _at(change, "number"),
        "title": _at(change, "title") or str(_at(head, "message") or "").split("\n")[0],
        "url": f"{server}/{repository}/actions/runs/{run}",
        "actor": _actor(
            env.get("GITHUB_TRIGGERING_ACTOR") or env.get("GITHUB_ACTOR"), _at(event, "sender", "type") == "Bot"
        ),
    }


def _gitlab(env: dict[str, str]) -> dict[str, object]:
    merge = "CI_MERGE_REQUEST_"
    return {
        "repository": env.get("CI_PROJECT_PATH"),
        "pipeline": env.get("CI_PIPELINE_NAME"),
        "run": env.get("CI_PIPELINE_ID"),
        "job": env.get("CI_JOB_NAME"),
        # Of merged results CI_COMMIT_SHA is a merge that nobody pushed.
        "sha": env.get(f"{merge}SOURCE_BRANCH_SHA") or env.get("CI_COMMIT_SHA"),
        "branch": env.get(f"{merge}SOURCE_BRANCH_NAME") or env.get("CI_COMMIT_REF_NAME"),
        "change": env.get(f"{merge}IID"),
        "title": env.get(f"{merge}TITLE") or env.get("CI_COMMIT_TITLE"),
        "url": env.get("CI_JOB_URL"),
        "actor": _actor(env.get("GITLAB_USER_LOGIN")),
    }


def _jenkins(env: dict[str, str]) -> dict[str, object]:
    from urllib.parse import unquote

    job = unquote(env["JOB_NAME"])
    return {
        "repository": _repository(env.get("GIT_URL") or env.get("CHANGE_URL", "").split("/pull/")[0]),
        "pipeline": job.rpartition("/")[0] if env.get("BRANCH_NAME") else job,
        "run": f"{job}#{env['BUILD_NUMBER']}",
        "job": env.get("STAGE_NAME"),
        "sha": env.get("GIT_COMMIT"),
        "branch": env.get("CHANGE_BRANCH") or env.get("BRANCH_NAME") or _without(env.get("GIT_BRANCH"), "origin/"),
        "change": env.get("CHANGE_ID"),
        "title": env.get("CHANGE_TITLE"),
        "url": env.get("BUILD_URL"),
        "actor": _actor(env.get("CHANGE_AUTHOR")),
    }


def _buildkite(env: dict[str, str]) -> dict[str, object]:
    change = env.get("BUILDKITE_PULL_REQUEST")
    return {
        "repository": _repository(env.get("BUILDKITE_REPO")),
        "pipeline": env.get("BUILDKITE_PIPELINE_SLUG"),
        "run": env.get("BUILDKITE_BUILD_ID"),
        "attempt": int(env.get("BUILDKITE_RETRY_COUNT") or 0) + 1,
        "job": env.get("BUILDKITE_LABEL") or env.get("BUILDKITE_STEP_KEY"),
        "sha": env.get("BUILDKITE_COMMIT"),
        "branch": env.get("BUILDKITE_BRANCH"),
        "change": change if change != "false" else None,
        "title": env.get("BUILDKITE_MESSAGE", "").split("\n")[0],
        "url": env.get("BUILDKITE_BUILD_URL"),
        "actor": _actor(env.get("BUILDKITE_BUILD_CREATOR")),
    }


def _circleci(env: dict[str, str]) -> dict[str, object]:
    owner, name = env.get("CIRCLE_PROJECT_USERNAME"), env.get("CIRCLE_PROJECT_REPONAME")
    return {
        "repository": _repository(env.get("CIRCLE_REPOSITORY_URL")) or (owner and name and f"{owner}/{name}"),
        "run": env.get("CIRCLE_WORKFLOW_ID"),
        "job": env.get("CIRCLE_JOB"),
        "sha": env.get("CIRCLE_SHA1"),
        "branch": env.get("CIRCLE_BRANCH") or env.get("CIRCLE_TAG"),
        "change": env.get("CIRCLE_PR_NUMBER") or env.get("CIRCLE_PULL_REQUEST", "").rpartition("/")[2],
        "url": env.get("CIRCLE_BUILD_URL"),
        "actor": _actor(env.get("CIRCLE_USERNAME")),
    }


def _azure(env: dict[str, str]) -> dict[str, object]:
    repository, change, base = env.get("BUILD_REPOSITORY_NAME"), "SYSTEM_PULLREQUEST_", env.get("SYSTEM_COLLECTIONURI")
    if env.get("BUILD_REPOSITORY_PROVIDER") == "TfsGit":
        repository = f"{env.get('SYSTEM_TEAMPROJECT')}/{repository}"
    branch = env.get(f"{change}SOURCEBRANCH") or env.get("BUILD_SOURCEBRANCH")
    return {
        "repository": repository,
        "pipeline": env.get("BUILD_DEFINITIONNAME"),
        "run": env.get("BUILD_BUILDID"),
        "attempt": env.get("SYSTEM_JOBATTEMPT"),
        "job": env.get("SYSTEM_JOBDISPLAYNAME") or env.get("AGENT_JOBNAME"),
        "sha": env.get(f"{change}SOURCECOMMITID") or env.get("BUILD_SOURCEVERSION"),
        "branch": _without(_without(branch, "refs/heads/"), "refs/tags/"),
        "change": env.get(f"{change}PULLREQUESTNUMBER") or env.get(f"{change}PULLREQUESTID"),
        "title": env.get("BUILD_SOURCEVERSIONMESSAGE"),
        "url": base and f"{base}{env.get('SYSTEM_TEAMPROJECT')}/_build/results?buildId={env.get('BUILD_BUILDID')}",
        "actor": _actor(env.get("BUILD_REQUESTEDFOR")),
    }


def _bitbucket(env: dict[str, str]) -> dict[str, object]:
    repository, run = env.get("BITBUCKET_REPO_FULL_NAME"), env.get("BITBUCKET_BUILD_NUMBER")
    origin = env.get("BITBUCKET_GIT_HTTP_ORIGIN")
    return {
        "repository": repository,
        "run": run,
        "sha": env.get("BITBUCKET_COMMIT"),
        "branch": env.get("BITBUCKET_BRANCH") or env.get("BITBUCKET_TAG"),
        "change": env.get("BITBUCKET_PR_ID"),
        "url": origin and f"{origin.replace('http://', 'https://', 1)}/pipelines/results/{run}",
        "actor": _actor(env.get("BITBUCKET_STEP_TRIGGERER_UUID")),
    }


def _of_git(env: dict[str, str]) -> dict[str, object]:
    """What the working copy says, where no CI does, or one that tells its steps nothing (Tekton)."""
    import subprocess

    def said(*words: str) -> str:
        done = subprocess.run(
            ["git", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=1
        )
        return done.stdout.decode("utf-8", "replace").strip() if done.returncode == 0 else ""

    try:
        branch = said("rev-parse", "--abbrev-ref", "HEAD")
        return {
            "repository": _repository(said("config", "--get", "remote.origin.url")),
            "sha": said("rev-parse", "--verify", "--quiet", "HEAD"),
            "branch": branch if branch != "HEAD" else None,
        }
    except subprocess.SubprocessError:  # git takes too long: the step does not wait for it
        return {}


_KNOWN: dict[str, tuple[Callable[[dict[str, str]], bool], Callable[[dict[str, str]], dict[str, object]]]] = {
    "github": (lambda env: env.get("GITHUB_ACTIONS") == "true", _github),
    "gitlab": (lambda env: "GITLAB_CI" in env, _gitlab),
    "buildkite": (lambda env: "BUILDKITE" in env, _buildkite),
    "circleci": (lambda env: "CIRCLECI" in env, _circleci),
    "azure": (lambda env: "TF_BUILD" in env, _azure),
    "bitbucket": (lambda env: "BITBUCKET_BUILD_NUMBER" in env, _bitbucket),
    "jenkins": (lambda env: "JENKINS_URL" in env and "BUILD_NUMBER" in env, _jenkins),
    "tekton": (lambda env: os.path.isdir("/tekton/run"), _of_git),
}


def _actor(login: str | None, is_bot: bool = False) -> dict[str, str] | None:
    return {"id": login, "kind": "bot" if is_bot or login.endswith("[bot]") else "human"} if login else None


def _repository(address: str | None) -> str | None:
    """`owner/name` of a repository's address; what is before it may hold a password."""
    before, has_scheme, after = (address or "").partition("://")
    path = after.partition("/")[2] if has_scheme else before.partition(":")[2]
    path = path.strip("/")
    return (path[: -len(".git")] if path.endswith(".git") else path) or None


def _without(text: str | None, start: str) -> str | None:
    return text[len(start) :] if text and text.startswith(start) else text


def _json_at(path: str | None) -> object:
    import json

    if not path:
        return None
    with open(path, "rb") as file:
        return json.load(file)


def _at(value: object, *names: str) -> object:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


# Deployments, by Helm and Terraform, or by whatever PIPEGAUGE_ENVIRONMENT says.


def deployment(command: list[str], env: dict[str, str]) -> dict[str, str] | None:
    """Where the command deploys to, and how; None where it does not, or where that cannot be known.

    PIPEGAUGE_ENVIRONMENT says it for any command, and that it does not where it is empty. GitLab tells of its jobs with
    an environment by itself.
    """
    kind = _kind_of_deployment(command)
    said = env.get("PIPEGAUGE_ENVIRONMENT")
    if said is not None:
        return {"environment": said, "kind": kind or "deploy"} if said else None
    if kind is None or "CI_ENVIRONMENT_NAME" in env:
        return None
    found = env.get("BITBUCKET_DEPLOYMENT_ENVIRONMENT") or env.get("ENVIRONMENT_NAME") or _own_word(command, env)
    return {"environment": found, "kind": kind} if found else None


def _kind_of_deployment(command: list[str]) -> str | None:
    """What Helm or Terraform does, where it changes what runs."""
    tool, words = os.path.basename(command[0]) if command else "", command[1:]
    if tool == "helm":
        verb = next((word for word in words if word in ("upgrade", "install", "rollback")), None)
        is_dry = any(word.partition("=")[0] == "--dry-run" and word != "--dry-run=none" for word in words)
        return None if verb is None or is_dry else "rollback" if verb == "rollback" else "deploy"
    verb = next((word for word in words if not word.startswith("-")), None)
    is_apply = tool in ("terraform", "tofu") and verb == "apply" and not {"-destroy", "--destroy"} & set(words)
    return "deploy" if is_apply else None


def _own_word(command: list[str], env: dict[str, str]) -> str | None:
    """Helm's namespace, or Terraform's workspace unless that is the one that everybody has."""
    if os.path.basename(command[0]) == "helm":
        for number, word in enumerate(command):
            name, has_value, value = word.partition("=")
            if name in ("-n", "--namespace"):
                return value if has_value else "".join(command[number + 1 : number + 2])
        return env.get("HELM_NAMESPACE")
    folder = next((word.partition("=")[2] for word in command if word.startswith("-chdir=")), "")
    chosen = env.get("TF_WORKSPACE")
    if not chosen:
        try:
            with open(os.path.join(folder, env.get("TF_DATA_DIR", ".terraform"), "environment")) as file:
                chosen = file.read().strip()
        except (OSError, ValueError):  # no workspace was ever selected
            return None
    return chosen if chosen != "default" else None


# Reports.


class Unfit(Exception):
    """A report that is not sent; the message says why."""


def reports(wanted: list[tuple[str, str]], deadline: float) -> tuple[list[dict[str, object]], list[str]]:
    """The reports at the globs, packed, and what is to be said of those that are left out."""
    import glob
    import zlib

    found: list[dict[str, object]] = []
    said: list[str] = []
    room = MOST_BYTES
    for kind, pattern in wanted:
        paths = sorted(path for path in glob.glob(pattern, recursive=True) if os.path.isfile(path))
        if not paths:
            said.append(f"no report at {pattern}")
        for path in paths:
            try:
                if time.monotonic() > deadline:
                    raise Unfit("there is no time left")
                with open(path, "rb") as file:
                    body = file.read()
                packed = _in_base64(zlib.compress(body, 6))
                if len(packed) > room or len(found) == MOST_REPORTS:
                    raise Unfit("it does not fit into a delivery")
                report: dict[str, object] = {"format": format_of(kind, body), "path": _in_repository(path)}
            except (Unfit, OSError) as error:  # the others are sent, and this one is named
                said.append(f"{path} is left out: {error}")
                continue
            room -= len(packed)
            manual = {"automated": False} if kind == "manual" else {}
            found.append({**report, **manual, "deflated": packed})
    return found, said


def format_of(kind: str, body: bytes) -> str:
    """The format of a report, by what it begins with. Raises Unfit for one that nobody could read."""
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"<":
        root, is_clover, has_type = _root_of(body)
        name = {"testsuites": "junit", "testsuite": "junit", "report": "jacoco", "bom": "cyclonedx"}.get(root)
        if root == "coverage":
            name = "clover" if is_clover else "cobertura"
        if has_type and name in ("junit", "cyclonedx"):
            raise Unfit("it has a document type")
    elif start == b"{":
        name = {"coverage": "coverage-py", "sarif": "sarif"}.get(kind)
        _check_json(body)
    elif kind in ("tests", "manual"):
        name = "tap"
    else:
        name = "go-cover" if body.startswith(b"mode:") else "lcov" if b"SF:" in body else None
    kinds = {"junit": "tests", "tap": "tests", "sarif": "sarif", "cyclonedx": "sarif"}
    if name is None or kinds.get(name, "coverage") != ("tests" if kind == "manual" else kind):
        raise Unfit(f"it is no report of {kind if kind != 'manual' else 'tests'} that is known")
    return name


def _root_of(body: bytes) -> tuple[str, bool, bool]:
    """The root element of XML, whether a <project> is first in it, and whether there is a document type.

    Raises Unfit for what broke off, and for entities, which are refused.
    """
    from xml.parsers import expat

    seen: list[str] = []
    types: list[str] = []
    parser = expat.ParserCreate()

    def begin(name: str, _attributes: object) -> None:
        seen.append(name.rpartition(":")[2])
        if len(seen) > 1:
            parser.StartElementHandler = None

    def declare(*_: object) -> None:
        raise Unfit("it declares entities")

    parser.StartElementHandler, parser.EntityDeclHandler = begin, declare
    parser.StartDoctypeDeclHandler = lambda name, *_: types.append(name)
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError) as error:
        raise Unfit(f"it is no whole XML ({error})") from error
    return seen[0], seen[1:] == ["project"], bool(types)


def _check_json(body: bytes) -> None:
    import json

    try:
        json.loads(body)
    except ValueError as error:
        raise Unfit(f"it is no whole JSON ({error})") from error


def _in_repository(path: str) -> str:
    """A path from the repository's root, with /."""
    whole = os.path.abspath(path)
    root = os.getcwd()
    while not os.path.exists(os.path.join(root, ".git")) and os.path.dirname(root) != root:
        root = os.path.dirname(root)
    if os.path.dirname(root) == root:
        root = os.getcwd()
    inside = os.path.relpath(whole, root)
    return os.path.basename(whole) if inside.startswith("..") else inside.replace(os.sep, "/")


# The delivery.


class Gateway:
    """Where deliveries go: `POST {url}/hooks/ci`, signed as a Standard Webhook.

    Without a proxy the request is written here: what the standard library has for it takes longer to import than all
    else in this file.
    """

    def __init__(self, url: str, secret: str, env: dict[str, str]) -> None:
        self.address = f"{url.rstrip('/')}/hooks/ci"
        self._secret = secret.encode()
        self._has_proxy = any(name.lower() in ("http_proxy", "https_proxy", "all_proxy") for name in env)
        self._tls: object = None

    def prepare(self) -> None:
        """What takes its time before a request: this can be done while the command runs."""
        import hashlib
        import hmac
        import json
        import socket

        del hashlib, hmac, json, socket
        if self._has_proxy:
            from urllib import request

            del request
        elif self.address.startswith("https:"):
            import ssl

            self._tls = ssl.create_default_context()

    def post(self, id_: str, body: bytes, patience: float) -> tuple[int, str]:
        """The answer's status and what it says; 0 where there is no answer."""
        headers = self._headers(id_, body)
        try:
            way = self._by_proxy if self._has_proxy else self._straight
            status, said = way(headers, body, max(0.1, patience))
        except (OSError, ValueError, IndexError) as error:  # nobody there, no address, or no HTTP
            return 0, str(error) or type(error).__name__
        return status, said.decode("utf-8", "replace")

    def _straight(self, headers: dict[str, str], body: bytes, patience: float) -> tuple[int, bytes]:
        import socket

        scheme, _, rest = self.address.partition("://")
        authority, _, path = rest.partition("/")
        authority = authority.rpartition("@")[2]
        host, _, port = authority.rpartition(":") if authority.rpartition(":")[2].isdigit() else (authority, "", "")
        if scheme not in ("http", "https") or not host:
            raise ValueError(f"{scheme}://{authority} is no address")
        number = int(port) if port else 443 if scheme == "https" else 80
        told = {"host": authority, "content-length": str(len(body)), "connection": "close", **headers}
        head = f"POST /{path} HTTP/1.1\r\n" + "".join(f"{name}: {text}\r\n" for name, text in told.items()) + "\r\n"
        with socket.create_connection((host.strip("[]"), number), patience) as connection:
            if scheme == "https":
                connection = self._secured(connection, host)
            connection.sendall(head.encode("latin-1") + body)
            answer = b""
            while len(answer) < _LONGEST_ANSWER and (some := connection.recv(65_536)):
                answer += some
        top, _, said = answer.partition(b"\r\n\r\n")
        return int(top.split(None, 2)[1]), _whole(said) if b"chunked" in top.lower() else said

    def _secured(self, connection: socket.socket, host: str) -> socket.socket:
        import ssl

        context = self._tls if isinstance(self._tls, ssl.SSLContext) else ssl.create_default_context()
        return context.wrap_socket(connection, server_hostname=host.strip("[]"))

    def _by_proxy(self, headers: dict[str, str], body: bytes, patience: float) -> tuple[int, bytes]:
        """As the standard library reads HTTP_PROXY, HTTPS_PROXY and NO_PROXY."""
        import urllib.error
        import urllib.request

        request = urllib.request.Request(self.address, body, headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=patience) as answer:
                return int(answer.status), answer.read(_LONGEST_ANSWER)
        except urllib.error.HTTPError as error:  # an answer all the same
            return error.code, error.read(_LONGEST_ANSWER)

    def _headers(self, id_: str, body: bytes) -> dict[str, str]:
        """https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md"""
        import hashlib
        import hmac

        key = self._secret
        if key.startswith(b"whsec_"):
            try:
                key = binascii.a2b_base64(key[len(b"whsec_") :])
            except ValueError:  # a secret that only looks like it
                pass
        moment = str(int(time.time()))
        signed = hmac.new(key, b".".join((id_.encode(), moment.encode(), body)), hashlib.sha256).digest()
        return {
            "content-type": "application/json",
            "user-agent": "pipegauge-ci-step",
            "webhook-id": id_,
            "webhook-timestamp": moment,
            "webhook-signature": f"v1,{_in_base64(signed)}",
        }


def _whole(chunks: bytes) -> bytes:
    """What an answer in chunks says."""
    said = b""
    while chunks:
        size, _, chunks = chunks.partition(b"\r\n")
        length = int(size.partition(b";")[0] or b"0", 16)
        said, chunks = said + chunks[:length], chunks[length + 2 :]
        if not length:
            break
    return said


def _in_base64(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).decode()


class Spool:
    """Deliveries to one gateway that wait for the next step, a file each; none holds a secret."""

    def __init__(self, address: str, env: dict[str, str]) -> None:
        import hashlib

        temporary = env.get("RUNNER_TEMP") or env.get("AGENT_TEMPDIRECTORY") or env.get("TMPDIR") or "/tmp"
        chosen = env.get("PIPEGAUGE_SPOOL")
        self._base = chosen or os.path.join(temporary, f"pipegauge-{os.getuid()}")
        self._is_chosen = bool(chosen)
        self._folder = os.path.join(self._base, hashlib.sha256(address.encode()).hexdigest()[:16])

    def keep(self, id_: str, body: bytes) -> bool:
        """Whether the delivery could be kept."""
        name = os.path.join(self._folder, f"{int(time.time() * 1000):013d}-{id_}.json")
        try:
            os.makedirs(self._folder, 0o700, exist_ok=True)
            if not self._is_safe():
                return False
            with os.fdopen(os.open(f"{name}.part", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(body)
            os.rename(f"{name}.part", name)
        except OSError:  # a full or read-only disk: the step goes on
            return False
        return True

    def waiting(self) -> list[str]:
        """The files that wait, the oldest first; what is too old or too many is thrown away."""
        try:
            if not self._is_safe():
                return []
            self._give_back()
            names = sorted(name for name in os.listdir(self._folder) if name.endswith(".json"))
        except OSError:  # nothing was ever kept
            return []
        oldest = f"{int((time.time() - KEPT_S) * 1000):013d}"
        kept = [name for name in names[-MOST_KEPT:] if name > oldest]
        for name in set(names) - set(kept):
            _remove(os.path.join(self._folder, name))
        return [os.path.join(self._folder, name) for name in kept]

    def _give_back(self) -> None:
        """What a step was sending when it was killed waits again."""
        for name in os.listdir(self._folder):
            path = os.path.join(self._folder, name)
            if name.endswith(".sending") and time.time() - os.stat(path).st_ctime > LONGEST_SENDING_S:
                _rename(path, path[: -len(".sending")])

    def _is_safe(self) -> bool:
        """In a folder that all may write to, somebody else may have put the name there before."""
        if self._is_chosen:
            return True
        status = os.lstat(self._base)
        return status.st_uid == os.getuid() and not status.st_mode & 0o022


class Delivering:
    """Sends one delivery, then those that wait, in a thread of its own: looking up a name may take longer than told."""

    def __init__(self, gateway: Gateway, spool: Spool, id_: str, body: bytes, deadline: float) -> None:
        self._gateway, self._spool, self._id, self._body, self._deadline = gateway, spool, id_, body, deadline
        self.answer: tuple[int, str] = (0, "no answer in time")
        self._claimed = ""
        self._sending = _thread.allocate_lock()
        self._sending.acquire()
        _thread.start_new_thread(self._run, ())

    def wait(self, told: list[int]) -> None:
        """Until all is sent, the time is over, or the step is told to end (once more, if that ended its command)."""
        before = len(told)
        while time.monotonic() < self._deadline and not _to_end(told[before:]):
            if self._sending.acquire(timeout=0.02):
                break
        claimed = self._claimed
        if claimed:  # it was not answered: the next step sends it
            _rename(f"{claimed}.sending", claimed)

    def _run(self) -> None:
        try:
            self._send()
        except Exception as error:  # nobody is there to be told but the line that the step ends with
            self.answer = self.answer if self.answer[0] else (0, f"{type(error).__name__}: {error}")
        finally:
            self._sending.release()

    def _send(self) -> None:
        self.answer = self._gateway.post(self._id, self._body, self._deadline - time.monotonic())
        if not 200 <= self.answer[0] < 300:
            return
        for name in self._spool.waiting():
            if time.monotonic() > self._deadline:
                return
            self._send_again(name)

    def _send_again(self, name: str) -> None:
        try:
            os.rename(name, f"{name}.sending")  # of several steps at once only one gets it
        except OSError:  # another has it
            return
        self._claimed = name
        with open(f"{name}.sending", "rb") as file:
            body = file.read()
        id_ = os.path.basename(name).partition("-")[2][: -len(".json")]
        status, _ = self._gateway.post(id_, body, self._deadline - time.monotonic())
        self._claimed = ""
        if is_to_be_sent_again(status):
            _rename(f"{name}.sending", name)
        else:
            _remove(f"{name}.sending")


def is_to_be_sent_again(status: int) -> bool:
    """Whether a later try may succeed: nobody answered, or the gateway was busy."""
    return status in (0, 408, 429) or status >= 500


def main(words: list[str]) -> int:
    """Runs the command line; the exit code of its command."""
    if words[:1] in (["--help"], ["-h"]):
        sys.stdout.write(USAGE)
        return 0
    try:
        options = Options(words)
    except WrongUse as wrong:  # one line, and exit code 2
        _say(f"{wrong}; see `pipegauge run --help`")
        return 2
    if not hasattr(os, "fork"):
        import subprocess

        _say("on this system no step is measured")
        return subprocess.call(options.command) if options.command else 0
    env = dict(os.environ)
    url, secret = env.get("PIPEGAUGE_URL"), env.get("PIPEGAUGE_SECRET")
    if not url or not secret:
        _say(f"{'PIPEGAUGE_SECRET' if url else 'PIPEGAUGE_URL'} is not set: this step is not measured")
        return _replaced_by(options.command)
    return _measured(options, Gateway(url, secret, env), env)


def _replaced_by(command: list[str]) -> int:
    if not command:
        return 0
    try:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores both for itself
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        os.execvp(command[0], command)
    except FileNotFoundError:  # told as a shell tells it
        _say(f"{command[0]}: command not found")
        return 127
    except OSError as error:  # no permission, or no program
        _say(f"{command[0]}: {error.strerror}")
        return 126


def _measured(options: Options, gateway: Gateway, env: dict[str, str]) -> int:
    began, clock = time.time(), time.monotonic()
    ended = Ended(0)
    told: list[int] = []
    if options.command:
        wrapped = Wrapped(options.command)
        try:
            wrapped.start()
        except OSError as error:  # no process to be had: the command takes this one's place
            _say(f"this step is not measured ({error.strerror})")
            return _replaced_by(options.command)
        told = wrapped.told
        about = context(env)  # while the command runs, as all that takes its time
        _attempted(gateway.prepare)
        ended = wrapped.wait()
        _attempted(_let_go_of_output)
    else:
        about = context(env)
    took = time.monotonic() - clock
    _attempted(lambda: _tell(options, gateway, env, about, ended, told, began, took))
    return ended.code


def _tell(  # longer: what a delivery says, in one place
    options: Options,
    gateway: Gateway,
    env: dict[str, str],
    about: dict[str, object],
    ended: Ended,
    told: list[int],
    began: float,
    took: float,
) -> None:
    import json

    if not about.get("repository") and not about.get("service"):
        _say("not told: nothing says whose step this is; set PIPEGAUGE_REPOSITORY or PIPEGAUGE_SERVICE")
        return
    deadline = time.monotonic() + PATIENCE_S
    found, said = reports(options.reports, deadline)
    id_ = os.urandom(16).hex()
    delivery = {
        "type": "step.finished",
        "id": id_,
        **about,
        "stage": options.stage,
        "command": os.path.basename(options.command[0]) if options.command else "manual tests",
        "started_at": _written(began),
        "finished_at": _written(began + took),
        "exit_code": ended.code,
        "signal": ended.by,
        "cancelled": _to_end(told) or None,
        "not_started": None if ended.started else True,
        "deployment": deployment(options.command, env) if ended.started else None,
        "reports": found,
    }
    known = {name: value for name, value in delivery.items() if value not in (None, "", [])}
    body = json.dumps(known, ensure_ascii=False).encode("utf-8", "replace")  # variables and paths may be any bytes
    spool = Spool(gateway.address, env)
    delivering = Delivering(gateway, spool, id_, body, deadline)
    delivering.wait(told)
    status, answer = delivering.answer
    if is_to_be_sent_again(status):
        kept = spool.keep(id_, body)
        why = f"status {status}" if status else answer
        said.append(f"not sent ({why}); " + ("the next step sends it" if kept else "and it could not be kept"))
    elif not 200 <= status < 300:
        said.append(f"refused with {status}: {_detail(answer)}")
    elif '"dead-letter"' in answer:
        said.append("kept, but not understood; see the dead letters of the source ci")
    if said:
        _say("; ".join(said))


def _detail(answer: str) -> str:
    import json

    try:
        return str(json.loads(answer)["detail"])
    except (ValueError, KeyError, TypeError):  # not an answer of pipegauge
        return "that is not pipegauge; check PIPEGAUGE_URL"


def _attempted(act: Callable[[], object]) -> object:
    """What `act` gives; whatever goes wrong with telling, the step goes on."""
    try:
        return act()
    except Exception as error:  # the step must not fail for us
        _say(f"this step is not told of ({type(error).__name__}: {error})")
        return None


def _let_go_of_output() -> None:
    """Whoever reads the command's output has all of it, and need not wait for the delivery."""
    with open(os.devnull, "wb") as nothing:
        os.dup2(nothing.fileno(), 1)


def _written(moment: float) -> str:
    """A time in UTC, in milliseconds."""
    whole = int(moment)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole)) + f".{int((moment - whole) * 1000):03d}Z"


def leave(code: int) -> None:
    """Ends the process without waiting for a thread that waits for an answer."""
    if sys.stdout is not None:  # it may have been closed by whoever started this
        _quietly(sys.stdout.flush)
    os._exit(code)


if __name__ == "__main__":
    leave(main(sys.argv[1:]))
