"""`pipegauge import git`: a repository's history, read, signed and posted, with a progress bar."""

from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from producers.history.deliveries import commit_bodies, signed_headers, tag_bodies
from producers.history.git import Repository, Tag, open_repository, read_commits, read_tags
from producers.history.mainline import pushes
from producers.history.posting import Post
from schemas.deliveries import Answer, Secret

IN_FLIGHT = 4


@dataclass(slots=True)
class Imported:
    """What an import has done. `name` is what the repository's events are filed under; counts are of what was sent."""

    name: str
    shallow: bool
    commits: int = 0
    tags: int = 0
    deliveries: int = 0
    events: int = 0
    dead_letters: int = 0

    def count(self, answer: Answer) -> None:
        self.deliveries += 1
        self.events += len(answer.events)
        self.dead_letters += answer.outcome == "dead-letter"


def import_history(
    path: Path, service: str | None, deploy_tags: str, secret: Secret, post: Post, console: Console
) -> Imported:
    """Posts the history of the repository at `path`; doing it again adds nothing.

    `service` is the name to file it under instead of its own, `deploy_tags` a glob of the tags that are deployments.
    Raises HistoryError if it cannot be read, PostingError if a delivery is not taken.
    """
    repository = open_repository(path)
    tags = read_tags(repository, deploy_tags)
    imported = Imported(service or repository.name, repository.shallow)
    if repository.shallow:
        console.print(f"{path} is a shallow clone: what came before its first commit is unknown to it")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress, ThreadPoolExecutor(IN_FLIGHT) as threads:
        bar = progress.add_task(imported.name, total=repository.count + len(tags))
        open_: dict[Future[Answer], int] = {}
        for event, body, size in _bodies(repository, imported, tags):
            open_[threads.submit(post, signed_headers(event, body, secret), body)] = size
            while len(open_) >= IN_FLIGHT:
                progress.advance(bar, _settle(open_, imported))
        while open_:
            progress.advance(bar, _settle(open_, imported))
    return imported


def _bodies(repository: Repository, imported: Imported, tags: list[Tag]) -> Iterator[tuple[str, bytes, int]]:
    """All bodies with their event's name and the number of commits or tags in them."""
    for body, size in commit_bodies(repository, imported.name, pushes(read_commits(repository), repository)):
        imported.commits += size
        yield "commits", body, size
    for body, size in tag_bodies(repository, imported.name, tags):
        imported.tags += size
        yield "tags", body, size


def _settle(open_: dict[Future[Answer], int], imported: Imported) -> int:
    """Waits for at least one answer; how many commits and tags were answered. Raises what a post raised."""
    done, _ = wait(open_, return_when=FIRST_COMPLETED)
    for future in done:
        imported.count(future.result())
    return sum(open_.pop(future) for future in done)
