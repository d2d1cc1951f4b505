"""The catalog places events, and knows teams and production."""

from datetime import UTC, date, datetime

import pytest

from schemas.catalog import Catalog
from schemas.config import PathClaim, Service, TeamFrom
from schemas.events import Commit, CommitsPushed, Event, Origin, RunUpdated
from schemas.globs import glob_pattern

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
CATALOG = Catalog(
    [
        Service(name="shop", repositories=("acme/shop",), team="web"),
        Service(
            name="cart",
            paths=(PathClaim(repository="acme/mono", patterns=("services/cart/**", "libs/*.py")),),
            projects=("CART", "jobs/cart/**"),
            apps=("cart-*",),
        ),
        Service(name="payments", paths=(PathClaim(repository="acme/mono", patterns=("services/pay",)),)),
        Service(name="infra", repositories=("ops/*",), production=("prod-*",)),
    ]
)


def pushed(repository: str, *paths: tuple[str, ...] | None, default_branch: bool = False) -> Event:
    """A push of one commit for each of `paths`."""
    commits = tuple(Commit(sha=str(at), committed_at=NOON, paths=paths) for at, paths in enumerate(paths))
    return CommitsPushed(
        id="1",
        source="s",
        origin=Origin(repository=repository),
        occurred_at=NOON,
        received_at=NOON,
        branch="faster",
        default_branch=default_branch,
        before=None,
        after="f",
        commits=commits,
    )


def run_of(origin: Origin) -> Event:
    """An event that knows no paths."""
    return RunUpdated(
        id="1",
        source="https://ci.example",
        origin=origin,
        occurred_at=NOON,
        received_at=NOON,
        run="1",
        attempt=1,
        pipeline="build",
        state="queued",
    )


@pytest.mark.parametrize(
    ("event", "services"),
    [
        pytest.param(run_of(Origin(repository="acme/shop")), ("shop",), id="a whole repository"),
        pytest.param(run_of(Origin(repository="Acme/Shop")), ("shop",), id="whatever the case of its name"),
        pytest.param(run_of(Origin(repository="ops/dns")), ("infra",), id="a glob of repositories"),
        pytest.param(run_of(Origin(repository="ops/a/b")), ("ops/a/b",), id="a star stays within a folder"),
        pytest.param(run_of(Origin(repository="acme/new")), ("acme/new",), id="nobody's repository"),
        pytest.param(run_of(Origin(project="SHOP")), ("SHOP",), id="nobody's project"),
        pytest.param(run_of(Origin(app="shop-app")), ("shop-app",), id="nobody's app"),
        pytest.param(run_of(Origin(project="Cart")), ("cart",), id="a project"),
        pytest.param(
            run_of(Origin(repository="acme/mono", project="jobs/cart/main")), ("cart",), id="a project of many"
        ),
        pytest.param(
            run_of(Origin(repository="acme/mono", project="jobs/x")), ("cart", "payments"), id="another project"
        ),
        pytest.param(run_of(Origin(repository="acme/mono", app="cart-eu")), ("cart",), id="an app by a glob"),
        pytest.param(run_of(Origin(project="CART", app="shop")), ("shop",), id="an app by its service's name"),
        pytest.param(run_of(Origin(project="CART", app="new")), ("cart",), id="a project whose app nobody claims"),
        pytest.param(run_of(Origin()), ("https://ci.example",), id="no origin at all"),
        pytest.param(run_of(Origin(repository="acme/mono")), ("cart", "payments"), id="no paths: all who claim one"),
        pytest.param(pushed("acme/mono", ("services/cart/a/b.py",)), ("cart",), id="a path of one service"),
        pytest.param(pushed("acme/mono", ("libs/x.py",), ("services/pay/a",)), ("cart", "payments"), id="paths of two"),
        pytest.param(pushed("acme/mono", ("libs/deep/x.py",)), ("acme/mono",), id="a path of nobody"),
        pytest.param(pushed("acme/mono", ("libs/x.py",), None), ("cart", "payments"), id="one commit's paths unknown"),
        pytest.param(pushed("acme/mono", ()), ("cart", "payments"), id="a merge without paths"),
        pytest.param(pushed("acme/mono"), ("cart", "payments"), id="no commits"),
        pytest.param(
            pushed("acme/mono", ("services/cart/a",), default_branch=True),
            ("cart", "payments"),
            id="the default branch: each service needs the whole chain of commits",
        ),
    ],
)
def test_an_event_is_placed_with(event: Event, services: tuple[str, ...]) -> None:
    assert CATALOG.place(event) == services


@pytest.mark.parametrize(
    ("glob", "path", "claimed"),
    [
        ("services/cart/**", "services/cart/a/b.py", True),
        ("services/cart/**", "services/cart2/a.py", False),
        ("services/cart", "services/cart/a.py", True),
        ("services/cart/", "services/cart/a.py", True),
        ("**/test_*.py", "test_a.py", True),
        ("**/test_*.py", "a/b/test_a.py", True),
        ("a/**/z", "a/z", True),
        ("a/**/z", "a/b/c/z", True),
        ("*.md", "README.md", True),
        ("*.md", "docs/README.md", False),
        ("lib?/x[0-9].py", "libs/x1.py", True),
        ("lib?/x[!0-9].py", "libs/x1.py", False),
        ("a+b/(c)", "a+b/(c)/d", True),
        ("**", "anything/at/all", True),
    ],
)
def test_a_path_glob_claims_as_in_a_gitignore(glob: str, path: str, claimed: bool) -> None:
    assert (glob_pattern(glob).match(path) is not None) is claimed


def test_a_change_touches_the_services_whose_paths_its_commits_touch() -> None:
    assert CATALOG.touches("cart", "acme/mono", ["docs/a", "services/cart/a"])
    assert not CATALOG.touches("cart", "acme/mono", ["services/pay/a"])
    assert CATALOG.touches("cart", "acme/mono", [])
    assert CATALOG.touches("shop", "acme/shop", ["anything"])
    assert CATALOG.touches("acme/new", "acme/new", ["anything"])


def test_a_service_belongs_to_each_team_from_its_day_on() -> None:
    moved = Catalog(
        [
            Service(
                name="shop",
                team=(TeamFrom(name="late", since=date(2026, 3, 1)), TeamFrom(name="early", since=date(2026, 2, 1))),
            )
        ]
    )
    days = [
        datetime(2026, 1, 31, 23, 59, tzinfo=UTC),
        datetime(2026, 2, 1, tzinfo=UTC),
        datetime(2026, 3, 1, tzinfo=UTC),
    ]
    assert [moved.team_of("shop", day) for day in days] == ["unassigned", "early", "late"]
    assert CATALOG.team_of("shop", NOON) == "web"
    assert CATALOG.team_of("cart", NOON) == "unassigned"
    assert CATALOG.team_of("acme/new", NOON) == "unassigned"


def test_production_is_what_the_provider_or_a_pattern_calls_so() -> None:
    assert CATALOG.is_production("acme/new", "live", "production")
    assert CATALOG.is_production("infra", "prod-eu", None)
    assert not CATALOG.is_production("infra", "staging", "staging")
    assert not CATALOG.is_production("shop", "prod-eu", None)
