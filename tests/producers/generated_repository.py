"""Git repositories made in a moment, for reading: `git fast-import` writes ten thousand commits in about a second."""

import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

BEGIN = 1_767_600_000  # 5 January 2026


@dataclass(frozen=True)
class Made:
    """A commit to make: `parents` are the marks (positions from 1) of earlier ones, the first of them its line."""

    subject: str
    parents: tuple[int, ...] = ()
    paths: tuple[str, ...] = ("src/main.py",)
    authored_at: int | None = None
    at: int | None = None


def git(path: Path, *arguments: str) -> str:
    """What git prints."""
    command = ["git", "-C", str(path), "-c", "user.name=Ann Example", "-c", "user.email=ann@example.org", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def make_repository(path: Path, commits: Sequence[Made]) -> Path:
    """A repository whose branch `main` ends on the last of `commits`; each is a minute after the one before."""
    path.mkdir(parents=True, exist_ok=True)
    git(path, "init", "--quiet", "--initial-branch=main", ".")
    extend_repository(path, commits)
    return path


def extend_repository(path: Path, commits: Iterable[Made]) -> None:
    """Makes `commits`, all of them anew; the same ones as before come out with the same shas."""
    lines: list[bytes] = []
    for mark, made in enumerate(commits, start=1):
        at = made.at if made.at is not None else BEGIN + 60 * mark
        authored_at = made.authored_at if made.authored_at is not None else at
        subject = made.subject.encode()
        lines += [
            b"commit refs/heads/main",
            b"mark :%d" % mark,
            b"author Ann Example <ann@example.org> %d +0000" % authored_at,
            b"committer Bob Example <bob@example.org> %d +0000" % at,
            b"data %d" % len(subject),
            subject,
        ]
        if made.parents:
            lines.append(b"from :%d" % made.parents[0])
            lines += [b"merge :%d" % parent for parent in made.parents[1:]]
        else:
            lines.append(b"deleteall")
        for name in made.paths:
            content = b"%d\n" % mark
            lines += [b"M 644 inline " + name.encode(), b"data %d" % len(content), content]
    stream = b"\n".join([b"reset refs/heads/main", *lines, b"done", b""])
    subprocess.run(["git", "-C", str(path), "fast-import", "--quiet", "--force", "--done"], input=stream, check=True)
