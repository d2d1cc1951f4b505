"""A repository's history into a gateway, signed with the configured secret of the source `git`."""

from pathlib import Path

from rich.console import Console

from deploy.configuration import resolve
from producers.history.importing import Imported, import_history
from producers.history.posting import poster
from schemas.config import Config
from schemas.deliveries import Secret


class NoSecret(LookupError):
    """The source has no secret to sign with; one line saying what to do."""


def secret_of(config: Config, source: str) -> Secret:
    """The first secret of a source. Raises NoSecret."""
    settings = config.sources.get(source)
    if settings is None or not settings.secrets:
        raise NoSecret(f"the source {source} has no secret; add `sources: {source}: secrets:` to the configuration")
    return Secret(resolve(settings.secrets[0]).encode())


def import_git(
    config: Config, path: Path, gateway: str, console: Console, service: str | None = None, deploy_tags: str = "*"
) -> Imported:
    """Post the history of the repository at `path` to `gateway`. Raises HistoryError, PostingError, NoSecret."""
    post = poster(f"{gateway}/hooks/git")
    return import_history(path, service, deploy_tags, secret_of(config, "git"), post, console)
