"""The warehouse's story as its six tools tell it, in the order in which they send."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from deploy.demo.chronicle import chronicle
from deploy.demo.company import DEFAULT_BRANCH
from deploy.demo.moments import Moment, Planned, planned
from deploy.demo.story import Act, Change, Landing, Session, Verification
from deploy.demo.warehouse import argocd, gitlab, jenkins, jira, pagerduty, sonarqube
from deploy.demo.warehouse.company import REPOSITORY, branch_of

SOURCES = ("gitlab", "jenkins", "sonarqube", "argocd", "jira", "pagerduty")


def deliveries(
    seed: int, start: datetime, end: datetime, sessions: Sequence[Session] = (), since: datetime | None = None
) -> Iterator[Planned]:
    """As deploy.demo.deliveries.deliveries, of the warehouse."""
    return planned(seed, chronicle(seed, start, sessions, (REPOSITORY,)), _moments, end, since)


def _moments(act: Act) -> Iterator[Moment]:
    if isinstance(act, Change):
        yield from jira.change_moments(act)
        for push in act.pushes:
            yield from gitlab.push_moments(push, act)
        yield from gitlab.change_moments(act)
        for verification in act.verifications:
            yield from _verification(verification, branch_of(act))
    elif isinstance(act, Landing):
        yield from gitlab.landing_moments(act)
        yield from _verification(act.verification, DEFAULT_BRANCH)
    else:
        yield from argocd.release_moments(act)
        yield from jira.release_moments(act)
        yield from pagerduty.release_moments(act)


def _verification(verification: Verification, branch: str) -> Iterator[Moment]:
    for run in verification.runs:
        yield from jenkins.run_moments(run, branch)
    for check in verification.checks:
        yield from sonarqube.check_moments(check, branch)
