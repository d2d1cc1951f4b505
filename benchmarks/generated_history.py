"""A git repository of many commits, made in a moment with `git fast-import`."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

FIRST = 1_767_600_000
"""The time of its first commit: 5 January 2026."""

EVERY_S = 2_400
MERGE_EVERY, TAG_EVERY = 5, 50
FOLDERS = ("cart", "stock", "mail", "search")


def make_history(folder: Path, commits: int, name: str) -> Path:
    """A repository called `name` in `folder`: two to four paths a commit, a fifth of the commits merge a branch or
    name a change "(#n)", and one in fifty of the main line is tagged."""
    path = folder / name
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", str(path)], check=True)
    stream = b"\n".join([*_commits(commits), b"done", b""])
    subprocess.run(["git", "-C", str(path), "fast-import", "--quiet", "--done"], input=stream, check=True)
    return path


def _commits(count: int) -> Iterator[bytes]:
    line = 0
    """The mark of the newest commit of the main line."""
    for mark in range(1, count + 1):
        aside = mark % MERGE_EVERY == MERGE_EVERY - 1 and mark < count
        merged = mark - 1 if mark % MERGE_EVERY == 0 else 0
        subject = f"Merge pull request #{mark} from fast" if merged else f"Speed up the cart, step {mark}"
        if mark % MERGE_EVERY == 2:
            subject += f" (#{mark})"
        yield from _commit(b"refs/heads/aside" if aside else b"refs/heads/main", mark, subject.encode(), line, merged)
        if not aside:
            line = mark
        if mark % TAG_EVERY == 0:
            yield b"reset refs/tags/v1.%d\nfrom :%d\n" % (mark // TAG_EVERY, mark)


def _commit(branch: bytes, mark: int, subject: bytes, parent: int, merged: int) -> Iterator[bytes]:
    yield b"commit %s\nmark :%d" % (branch, mark)
    for role in (b"author Ann Example <ann@example.org>", b"committer Bob Example <bob@example.org>"):
        yield b"%s %d +0000" % (role, FIRST + EVERY_S * mark)
    yield b"data %d\n%s" % (len(subject), subject)
    if parent:
        yield b"from :%d" % parent
    if merged:
        yield b"merge :%d" % merged
    for number in range(2 + mark % 3):
        path = f"{FOLDERS[(mark + number) % len(FOLDERS)]}/part_{mark % 97}_{number}.py".encode()
        content = b"%d\n" % mark
        yield b"M 644 inline %s\ndata %d\n%s" % (path, len(content), content)
