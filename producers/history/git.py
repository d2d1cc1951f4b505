"""Reading a repository's history with git itself: commits as a stream, tags, and what the repository is called."""

import re
import secrets
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from producers.history.mainline import PlainCommit

MOST_PATHS = 10_000
"""Paths that are told of one commit; one that touches more (a vendored tree) is told without."""

_CHUNK = 1 << 16
_FIELDS = ("%H", "%P", "%at", "%ct", "%ae", "%an", "%s")
_LONGEST_SUBJECT = 1_000
_REMOTE = re.compile(
    r"(?:(?:https?|ssh|git)://(?:[^@/]*@)?|[^@/:]+@)(?P<host>[A-Za-z0-9.-]+)(?::\d+)?[/:]+(?P<name>.+?)(?:\.git)?/*"
)


class HistoryError(Exception):
    """The history cannot be read; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository: its own name (`owner/name` of its remote, else its folder's), its page, and its branch.

    `url` is the https address of the remote without credentials, else `urn:git:` and the name. `mainline` is the
    branch's first-parent line. A `shallow` clone knows the newest commits only.
    """

    path: Path
    name: str
    url: str
    branch: str
    default_branch: bool
    mainline: frozenset[bytes]
    count: int
    shallow: bool

    def __contains__(self, sha: object) -> bool:
        """Whether a commit is on the first-parent line."""
        return isinstance(sha, str) and bytes.fromhex(sha) in self.mainline


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag of a commit; `at` is when it was made, or the commit if it is but a name (seconds since 1970)."""

    name: str
    sha: str
    at: int


def open_repository(path: Path) -> Repository:
    """The repository that holds `path`. Raises HistoryError if there is none, or if it has no commits."""
    if not path.is_dir():
        raise HistoryError(f"{path} is no folder; name a folder with a git repository")
    top = _line(path, "rev-parse", "--absolute-git-dir")
    try:
        _line(path, "rev-parse", "--verify", "--quiet", "HEAD")
    except HistoryError as error:
        raise HistoryError(f"{path} has no commits yet; commit first, then import") from error
    name, url = _called(path, Path(top))
    branch = _line(path, "rev-parse", "--abbrev-ref", "HEAD")
    line = _output(path, "rev-list", "--first-parent", "HEAD").split()
    return Repository(
        path=path,
        name=name,
        url=url,
        branch=branch,
        default_branch=branch == _default_branch(path, branch),
        mainline=frozenset(bytes.fromhex(sha.decode()) for sha in line),
        count=int(_line(path, "rev-list", "--count", "HEAD")),
        shallow=_line(path, "rev-parse", "--is-shallow-repository") == "true",
    )


def read_commits(repository: Repository) -> Iterator[PlainCommit]:
    """All commits of the branch, parents first, as git hands them out: none is kept. Raises HistoryError.

    A merge is told with the paths that it brought to its first parent.
    """
    mark = secrets.token_hex(8)  # what no file in the repository can be called, for nobody knew it before
    command = ("log", "--topo-order", "--reverse", "-z", "--name-only", "--no-renames", "--diff-merges=first-parent")
    safety = ("--no-ext-diff", "--no-textconv", "--no-show-signature", "--no-color", "--encoding=UTF-8")
    with _stream(repository.path, *command, *safety, f"--format={mark}{'%x1f'.join(_FIELDS)}", "HEAD", "--") as out:
        header: str | None = None
        paths: list[str] = []
        for token in _tokens(out):
            if token.startswith(mark):
                if header is not None:
                    yield _commit(header, paths)
                header, paths = token.removeprefix(mark), []
            elif token:
                paths.append(token if paths else token.removeprefix("\n"))
        if header is not None:
            yield _commit(header, paths)


def read_tags(repository: Repository, glob: str = "*") -> list[Tag]:
    """The tags of commits whose name `glob` matches, by time. Raises HistoryError."""
    fields = "%00".join(
        (
            "%(refname:strip=2)",
            "%(creatordate:unix)",
            "%(objecttype)",
            "%(objectname)",
            "%(*objecttype)",
            "%(*objectname)",
        )
    )
    tags = []
    for line in (
        _output(repository.path, "for-each-ref", f"--format={fields}", "refs/tags")
        .decode("utf-8", "replace")
        .splitlines()
    ):
        name, at, kind, sha, peeled_kind, peeled = line.split("\0")
        if fnmatchcase(name, glob) and "commit" in (kind, peeled_kind):
            tags.append(Tag(name, peeled or sha, int(at)))
    return sorted(tags, key=lambda tag: (tag.at, tag.name))


def _commit(header: str, paths: Sequence[str]) -> PlainCommit:
    sha, parents, authored_at, committed_at, email, name, subject = header.split("\x1f", 6)
    return PlainCommit(
        sha=sha,
        parents=tuple(parents.split()),
        authored_at=int(authored_at),
        committed_at=int(committed_at),
        name=name,
        email=email,
        subject=subject[:_LONGEST_SUBJECT],
        paths=tuple(paths) if len(paths) <= MOST_PATHS else None,
    )


def _tokens(out: IO[bytes]) -> Iterator[str]:
    """What stands between NULs; bytes that are not UTF-8 (old file names) become the replacement character."""
    rest = b""
    while chunk := out.read(_CHUNK):
        *whole, rest = (rest + chunk).split(b"\0")
        for token in whole:
            yield token.decode("utf-8", "replace")
    if rest:
        yield rest.decode("utf-8", "replace")


def _called(path: Path, git_folder: Path) -> tuple[str, str]:
    remotes = _output(path, "remote").decode("utf-8", "replace").split()
    if remotes:
        remote = "origin" if "origin" in remotes else remotes[0]
        match = _REMOTE.fullmatch(_line(path, "remote", "get-url", remote))
        if match:
            return match["name"], f"https://{match['host']}/{match['name']}"
    folder = git_folder.parent if git_folder.name == ".git" else git_folder
    name = folder.name.removesuffix(".git") or "repository"
    return name, f"urn:git:{name}"


def _default_branch(path: Path, branch: str) -> str:
    """The branch that the remote's HEAD names; without one, the branch that is checked out."""
    try:
        return _line(path, "symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD").removeprefix("origin/")
    except HistoryError:  # no remote, or one whose HEAD was never asked for
        return branch


def _line(path: Path, *arguments: str) -> str:
    return _output(path, *arguments).decode("utf-8", "replace").strip()


def _output(path: Path, *arguments: str) -> bytes:
    with _stream(path, *arguments) as out:
        return out.read()


@contextmanager
def _stream(path: Path, *arguments: str) -> Iterator[IO[bytes]]:
    """The standard output of git. Raises HistoryError, with what git said, if git is missing or fails."""
    command = ["git", "-C", str(path), "-c", "core.quotePath=false", *arguments]
    with TemporaryFile() as said:
        try:
            git = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, stdin=subprocess.DEVNULL)
        except FileNotFoundError as error:
            raise HistoryError("git is not installed; install it, then import") from error
        with git:
            assert git.stdout is not None
            try:
                yield git.stdout
            except BaseException:  # the reader has stopped in the midst: git would wait for it for ever
                git.kill()
                raise
        if git.returncode != 0:
            said.seek(0)
            message = said.read(2_000).decode("utf-8", "replace").strip().splitlines()
            raise HistoryError(
                f"git cannot read {path}: {message[0] if message else f'it ended with {git.returncode}'}"
            )
