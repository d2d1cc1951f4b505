"""What people write into titles, branches, subjects and names of environments: tickets, changes, tiers. Pure."""

import re
from collections.abc import Mapping

from schemas.events import Tier

MOST_TICKETS = 50

_REF = re.compile(r"(?:refs/)?(?:pull|merge-requests)/(\d{1,18})(?:/(?:head|merge))?", re.ASCII)
_TICKET = re.compile(r"(?<![A-Za-z0-9])[A-Z][A-Z0-9]+-\d+(?![A-Za-z0-9])", re.ASCII)
_SQUASH = re.compile(r"\([#!](\d{1,18})\)\s*$", re.ASCII)
_MERGE = re.compile(
    r"(?:Merge pull request #|Merged PR |Pull request #|Merged in \S{1,300} \(pull request #"
    r"|Merge pull request '.{1,300}' \([#!])(\d{1,18})(?!\d)",
    re.ASCII,
)
_GIT_MERGE = re.compile(r"Merge (?:branch|branches|remote-tracking branch|remote-tracking branches|tag|commit) ")
_TIERS: Mapping[str, Tier] = {
    "production": "production",
    "prod": "production",
    "staging": "staging",
    "testing": "testing",
    "development": "development",
}


def tickets_in(*texts: str | None) -> tuple[str, ...]:
    """The ticket keys of `texts`, each once, as they come; 50 at most."""
    found = (key for text in texts if text for key in _TICKET.findall(text))
    return tuple(dict.fromkeys(found))[:MOST_TICKETS]


def subject_of(message: str) -> str:
    """The first line of a commit message: trailers below it name people."""
    return message.split("\n", 1)[0].rstrip("\r")


def change_in(subject: str) -> str | None:
    """The number of the change that a subject names: "… (#12)" of a squash, or the words of a merge at GitHub, Gitea
    ("Merge pull request 'x' (#12)"), Azure DevOps ("Merged PR 12"), Bitbucket ("Merged in x (pull request #12)") or
    its server ("Pull request #12")."""
    match = _SQUASH.search(subject) or _MERGE.match(subject)
    return match[1] if match else None


def tells_a_merge(subject: str) -> bool:
    """Whether a subject has the words of a merge: git's own, or those of a host that merges a change."""
    return _GIT_MERGE.match(subject) is not None or _MERGE.match(subject) is not None


def tier_of(environment: str) -> Tier | None:
    """The tier that an environment is named after; the catalog's patterns know of others."""
    return _TIERS.get(environment.lower())


def change_of(ref: str | None) -> str | None:
    """The number of the change that a ref is of, such as refs/pull/12/head, pull/12 or refs/merge-requests/12/merge."""
    match = _REF.fullmatch(ref) if ref else None
    return match[1] if match else None
