"""One change from its first commit to its merge, told by its own dice."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from deploy.demo.chance import dice, identifier, sha, skewed
from deploy.demo.company import REVIEW_BOT, TIDY_BOT, Person, Repository, Service
from deploy.demo.pace import Pace
from deploy.demo.pipelines import Candidate, verify
from deploy.demo.story import Change, ChangeStep, Commit, Push, Remark, RemarkKind, Step, Verdict, Verification
from deploy.demo.wording import branch_of, files_of, fix_message, remark_text, title_of

_A_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Opening:
    """That work on a change begins. `key` names it and seeds everything it throws."""

    key: str
    begin: datetime
    repository: Repository
    services: tuple[Service, ...]
    pace: Pace


def plan_change(opening: Opening, number: int, base: str) -> Change:
    """The whole story of a change that begins with `opening` as number `number` on top of commit `base` of main."""
    return _Work(opening, number, base).tell()


class _Work:
    """A change in the making: `now` moves forward while the story is told."""

    def __init__(self, opening: Opening, number: int, base: str) -> None:
        self.opening, self.number, self.base = opening, number, base
        self.pace, self.repository = opening.pace, opening.repository
        self.throw = dice(opening.key)
        self.lead = opening.services[0]
        self.author: Person = self.throw.choice(self.lead.people)
        self.title = title_of(self.throw, self.lead)
        self.branch = branch_of(self.title, number)
        self.now = opening.begin
        self.draft = False
        self.written = 0
        self.pushes: list[Push] = []
        self.steps: list[Step] = []
        self.remarks: list[Remark] = []
        self.verifications: list[Verification] = []

    @property
    def head(self) -> Commit:
        return self.pushes[-1].commits[-1]

    def tell(self) -> Change:
        self._write()
        self._open()
        if self.throw.random() < 0.08:
            return self._end(merged=False)
        if self.throw.random() >= self.lead.unreviewed:
            self._review()
        return self._end(merged=True)

    def _write(self) -> None:
        coding = skewed(self.throw, self.lead.coding_minutes, 0.6)
        count = self.throw.choice((1, 1, 2, 2, 3, 4))
        split = count > 2 and self.throw.random() < 0.5
        commits: list[Commit] = []
        for index in range(count):
            commits.append(self._commit(self.title if index == 0 else fix_message(self.throw)))
            self.now = self.pace.human(self.now, coding / count)
            if split and index == 0:
                self._push(commits)
                commits = []
        self.now = self.pace.human(self.now, 3)
        self._push(commits)

    def _commit(self, message: str) -> Commit:
        self.written += 1
        added, modified, removed = files_of(self.throw, self.opening.services)
        return Commit(
            sha(self.opening.key, self.written),
            self.now,
            message,
            self.author,
            added,
            modified,
            removed,
        )

    def _push(self, commits: list[Commit]) -> None:
        before = self.head.sha if self.pushes else None
        self.pushes.append(Push(self.repository, self.branch, self.now, self.author, before, tuple(commits)))

    def _step(self, action: ChangeStep) -> None:
        self.steps.append(Step(self.now, action, self.head.sha, self.draft))

    def _open(self) -> None:
        self.now = self.pace.human(self.now, skewed(self.throw, 6))
        self.draft = self.throw.random() < 0.18
        self._step("opened")
        if self.throw.random() < 0.2:
            self.steps.append(Step(self.now + _A_SECOND, "labeled", self.head.sha, self.draft))
        if self.throw.random() < 0.45:
            self._remark_at(self.now + 2 * _A_SECOND, TIDY_BOT, "issue_comment")
        if self.throw.random() < 0.35:
            self._remark_at(self.now + 3 * _A_SECOND, REVIEW_BOT, "review", "commented")
        self._check()
        if self.draft:
            self._get_ready()

    def _get_ready(self) -> None:
        self.now = self.pace.human(self.now, skewed(self.throw, 70))
        self._remark_at(self.now, self.author, "issue_comment")
        self.now = self.pace.human(self.now, 2)
        turns: tuple[bool, ...] = (False, True, False) if self.throw.random() < 0.25 else (False,)
        for draft in turns:
            self.draft = draft
            self._step("converted_to_draft" if draft else "ready_for_review")
            self.now = self.pace.human(self.now, skewed(self.throw, 12))

    def _check(self) -> None:
        """Checks run on the head; what stays red is repaired by further pushes, the third repair holds."""
        for repair in range(3):
            superseded_at = None
            if repair == 0 and self.throw.random() < 0.1:
                superseded_at = self.pace.machine(self.now, 1.5)
            candidate = Candidate(
                self.opening.key,
                self.repository,
                self.branch,
                self.head,
                "pull_request",
                self.author,
                self.pace,
                self.draft,
                gentle=repair == 2,
            )
            verification = verify(candidate, self.now, superseded_at)
            self.verifications.append(verification)
            if verification.passed:
                self.now = verification.finished_at
                return
            if verification.runs[-1].conclusion == "cancelled" and superseded_at is not None:
                self.now = superseded_at
                self._amend(at_once=True)
            else:
                self.now = verification.finished_at
                self._amend()

    def _amend(self, at_once: bool = False) -> None:
        if not at_once:
            self.now = self.pace.human(self.now, skewed(self.throw, 25))
        self._push([self._commit(fix_message(self.throw))])
        self.now += _A_SECOND
        self._step("synchronize")

    def _remark_at(self, at: datetime, by: Person, kind: RemarkKind, verdict: Verdict | None = None) -> None:
        number = identifier(self.opening.key, "remark", len(self.remarks))
        text = remark_text(self.throw)
        self.remarks.append(Remark(number, kind, by, at, self.head.sha, text, verdict))

    def _review(self) -> None:
        reviewer = self.throw.choice([person for person in self.lead.people if person != self.author])
        if self.throw.random() < 0.2:
            self._remark_at(self.pace.machine(self.now, 0.5), self.author, "issue_comment")
        self.now = self.pace.human(self.now, skewed(self.throw, self.lead.pickup_minutes, 0.7))
        if self.throw.random() < 0.4:
            self._remark_at(self.now, reviewer, self.throw.choice(("issue_comment", "review_comment")))
            self.now = self.pace.human(self.now, skewed(self.throw, 10))
        if self.throw.random() < 0.3:
            self._remark_at(self.now, reviewer, "review", "changes_requested")
            self.now = self.pace.human(self.now, skewed(self.throw, self.lead.review_minutes))
            self._remark_at(self.now, self.author, "review_comment")
            self._amend()
            self._check()
        self.now = self.pace.human(self.now, skewed(self.throw, self.lead.review_minutes / 2))
        self._remark_at(self.now, reviewer, "review", "approved")

    def _end(self, merged: bool) -> Change:
        wait = 12 if merged else 2_000
        self.now = self.pace.human(max(self.now, self.verifications[-1].finished_at), skewed(self.throw, wait))
        self._step("closed")
        squashed = self.throw.random() < 0.7
        merge = self._merge_commit(squashed) if merged else None
        return Change(
            key=self.opening.key,
            number=self.number,
            repository=self.repository,
            services=self.opening.services,
            pace=self.pace,
            title=self.title,
            branch=self.branch,
            base=self.base,
            author=self.author,
            pushes=tuple(self.pushes),
            steps=tuple(self.steps),
            remarks=tuple(self.remarks),
            verifications=tuple(self.verifications),
            squashed=squashed,
            merge=merge,
            merged_by=self.author if merged else None,
        )

    def _merge_commit(self, squashed: bool) -> Commit:
        commits = [commit for push in self.pushes for commit in push.commits]
        owner = f"{self.repository.full_name.split('/')[0]}/{self.branch}"
        subject = f"{self.title} (#{self.number})" if squashed else f"Merge pull request #{self.number} from {owner}"
        return Commit(
            sha(self.opening.key, "merge"),
            self.now,
            subject if squashed else f"{subject}\n\n{self.title}",
            self.author,
            tuple(sorted({path for commit in commits for path in commit.added})),
            tuple(sorted({path for commit in commits for path in commit.modified})),
            tuple(sorted({path for commit in commits for path in commit.removed})),
        )
