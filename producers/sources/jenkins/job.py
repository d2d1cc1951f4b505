"""What both plugins tell of a job: its address, its branch, how a build of it ended. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from producers.addresses import repository_at
from producers.payload import Payload
from producers.references import tickets_in
from schemas.events import Links, Origin, Outcome

ONLY_ATTEMPT = 1  # Jenkins counts no attempts: a replay, rebuild or restart is a build of its own
LONGEST_BUILD_MS = 10**12  # 30 years

_OUTCOMES: Mapping[str, Outcome] = {
    "SUCCESS": "success",
    "UNSTABLE": "failure",  # the build went through, its tests did not
    "FAILURE": "failure",
    "FAILED": "failure",  # as the help of the Notification plugin writes it
    "ABORTED": "cancelled",
    "NOT_BUILT": "skipped",
}
_STEP = re.compile(r"(?:job/)?([^/]+)(?:/|\Z)")
_REMOTE = re.compile(r"\A(?:refs/(?:remotes|heads)/)?(?:origin/)?")
# The names of a multibranch pipeline's jobs for changes: of GitHub and Bitbucket, and of GitLab.
_CHANGE = re.compile(r"(?:PR|MR)-(\d{1,18})(?:-(?:head|merge))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Checkout:
    """What a build was made from, as far as that is told."""

    address: str | None = None
    branch: str | None = None
    sha: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A job: `name` with its folders, `pipeline` what it is a branch of, or the name again."""

    name: str
    pipeline: str
    checkout: Checkout
    change: str | None

    @property
    def origin(self) -> Origin:
        """Where a build belongs: to its repository where that is told, and to its pipeline."""
        repository = repository_at(self.checkout.address) if self.checkout.address else None
        return Origin(repository=repository, project=self.pipeline)

    def run(self, number: str) -> str:
        """The id of a build, the same whichever plugin tells of it: builds are numbered by job."""
        return f"{self.name}#{number}"

    def links(self, number: str, *texts: str | None) -> Links:
        """What a build can be joined to; tickets are looked for in its branch and in `texts`."""
        branch = None if self.change else self.checkout.branch  # PR-12 is no ticket
        tickets = tickets_in(branch, *texts)
        return Links(tickets=tickets, sha=self.checkout.sha, change=self.change, run=self.run(number))


def job_at(address: str, checkout: Checkout, multibranch: bool | None) -> Job:
    """The job at `address`, such as job/shop/job/cart/job/main/, and what its build was made from.

    A multibranch pipeline is a folder with a job for each branch and change. Where it is not told whether this is one
    (None), it is if the job bears the name of its branch.
    """
    names = [unquote(name) for name in _STEP.findall(address.lstrip("/"))]
    last = unquote(names[-1]) if names else ""  # a branch's name is escaped before it becomes a job's
    branch = _REMOTE.sub("", checkout.branch) if checkout.branch else None
    if multibranch is None:
        multibranch = branch == last
    if not multibranch or len(names) < 2:
        name = "/".join(names)
        return Job(name, name, Checkout(checkout.address, branch, checkout.sha), None)
    change = _CHANGE.fullmatch(last)
    pipeline = "/".join(names[:-1])
    return Job(f"{pipeline}/{last}", pipeline, Checkout(checkout.address, last, checkout.sha), change and change[1])


def outcome_in(told: Payload, name: str) -> Outcome:
    """How a build ended, by the word in the field `name`."""
    outcome = _OUTCOMES.get(told.text(name))
    if outcome is None:
        raise told.unfit(name, "a result of Jenkins")
    return outcome


def counts(total: int, failed: int, skipped: int) -> dict[str, Any]:
    """The fields of a report of tests."""
    passed = max(total - failed - skipped, 0)
    outcome = "failure" if failed else "success"
    return {"total": total, "passed": passed, "failed": failed, "skipped": skipped, "outcome": outcome}
