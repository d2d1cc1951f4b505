"""A repository's history into a gateway, signed with the configured secret of the source `git`."""

from collections.abc import Callable, Mapping
from pathlib import Path

from rich.console import Console

from deploy.configuration import resolve
from producers.history.importing import Imported, import_history
from producers.history.posting import poster
from schemas.config import Config
from schemas.deliveries import Answer, Secret


class NoSecret(LookupError):
    """The source has no secret to sign with; one line saying what to do."""


def secret_of(config: Config, source: str) -> Secret:
    """The first secret of a source. Raises NoSecret."""
    settings = config.sources.get(source)
    if settings is None or not settings.secrets:
        raise NoSecret(f"the source {source} has no secret; add `sources: {source}: secrets:` to the configuration")
    return Secret(resolve(settings.secrets[0]).encode())


def import_git(
    config: Config,
    path: Path,
    gateway: str,
    console: Console,
    service: str | None = None,
    deploy_tags: str = "*",
    note: Callable[[Answer], None] = lambda _: None,
) -> Imported:
    """Post the history of the repository at `path` to `gateway`; `note` is told every answer, from several threads.

    Raises HistoryError, PostingError, NoSecret.
    """
    hand_in = poster(f"{gateway}/hooks/git")

    def post(headers: Mapping[str, str], body: bytes) -> Answer:
        answer = hand_in(headers, body)
        note(answer)
        return answer

    return import_history(path, service, deploy_tags, secret_of(config, "git"), post, console)
