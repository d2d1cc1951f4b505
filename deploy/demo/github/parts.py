"""The parts that GitHub repeats in every payload: accounts, repositories, times."""

from datetime import datetime

from deploy.demo.chance import identifier
from deploy.demo.company import DEFAULT_BRANCH, ORGANISATION, Person, Repository
from deploy.demo.moments import Body
from deploy.demo.story import Commit

WEB = "https://github.com"
API = "https://api.github.com"
WEB_FLOW = {"name": "GitHub", "email": "noreply@github.com", "username": "web-flow"}


def stamp(at: datetime) -> str:
    """A time as GitHub writes it: UTC, whole seconds."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def optional_stamp(at: datetime | None) -> str | None:
    """`stamp`, or null where the thing has not happened."""
    return None if at is None else stamp(at)


def account(person: Person) -> Body:
    """A user or bot."""
    number = identifier("account", person.login)
    path = f"apps/{person.name}" if person.bot else person.login
    return {
        "login": person.login,
        "id": number,
        "node_id": f"U_{number:x}",
        "avatar_url": "",
        "gravatar_id": "",
        "url": f"{API}/users/{person.login}",
        "html_url": f"{WEB}/{path}",
        "type": "Bot" if person.bot else "User",
        "site_admin": False,
    }


def organisation() -> Body:
    """The organisation that owns all repositories."""
    number = identifier("account", ORGANISATION)
    url = f"{API}/orgs/{ORGANISATION}"
    return {"login": ORGANISATION, "id": number, "node_id": f"O_{number:x}", "url": url, "description": ""}


def repository_part(repository: Repository) -> Body:
    """A repository as every payload shows it."""
    number = identifier("repository", repository.full_name)
    owner = organisation() | {"type": "Organization", "html_url": f"{WEB}/{ORGANISATION}", "site_admin": False}
    return {
        "id": number,
        "node_id": f"R_{number:x}",
        "name": repository.name,
        "full_name": repository.full_name,
        "private": True,
        "owner": owner,
        "html_url": repository_url(repository),
        "description": None,
        "fork": False,
        "url": f"{API}/repos/{repository.full_name}",
        "created_at": "2021-03-01T09:00:00Z",
        "default_branch": DEFAULT_BRANCH,
        "visibility": "private",
        "archived": False,
        "language": "Python",
    }


def repository_url(repository: Repository) -> str:
    """A repository's page."""
    return f"{WEB}/{repository.full_name}"


def envelope(repository: Repository, sender: Person) -> Body:
    """What closes every payload."""
    return {
        "repository": repository_part(repository),
        "organization": organisation(),
        "sender": account(sender),
    }


def signature_of(person: Person) -> Body:
    """A commit's author as git knows them."""
    return {"name": person.name, "email": f"{person.login}@northwind.example", "username": person.login}


def commit_in_push(repository: Repository, commit: Commit, distinct: bool, by_web: bool) -> Body:
    """A commit in a push's list; the page's merge button commits as `web-flow`."""
    return {
        "id": commit.sha,
        "tree_id": commit.sha[::-1],
        "distinct": distinct,
        "message": commit.message,
        "timestamp": stamp(commit.at),
        "url": f"{repository_url(repository)}/commit/{commit.sha}",
        "author": signature_of(commit.author),
        "committer": WEB_FLOW if by_web else signature_of(commit.author),
        "added": list(commit.added),
        "removed": list(commit.removed),
        "modified": list(commit.modified),
    }
