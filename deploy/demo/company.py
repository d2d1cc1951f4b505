"""Northwind, a made-up shop: its people, repositories, services and pipelines, and the character of each."""

from dataclasses import dataclass

ORGANISATION = "northwind"
DEFAULT_BRANCH = "main"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account; a bot is an app's account."""

    login: str
    name: str
    bot: bool = False


@dataclass(frozen=True, slots=True)
class JobKind:
    """A job of a pipeline: its median length in minutes, the spread of it, and how often it fails of itself."""

    name: str
    minutes: float
    sigma: float = 0.25
    fails: float = 0.03


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A workflow; its jobs run side by side."""

    name: str
    file: str
    jobs: tuple[JobKind, ...]


@dataclass(frozen=True, slots=True)
class Service:
    """A service and how its team works: median minutes of office time until a review begins, and share of changes
    that nobody reviews."""

    name: str
    team: str
    folder: str
    people: tuple[Person, ...]
    coding_minutes: float
    pickup_minutes: float
    review_minutes: float
    unreviewed: float


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository: `checks` run on changes and on main, `after_merge` on main alone.

    `changes_a_day` is the mean of working days. `trains` are the hours (UTC) of release trains; without them each
    change is released once its checks on main are done. `first_number` is where its changes start to count.
    """

    name: str
    services: tuple[Service, ...]
    checks: Pipeline
    after_merge: Pipeline | None
    coverage_status: bool
    changes_a_day: float
    trains: tuple[int, ...]
    first_number: int

    @property
    def full_name(self) -> str:
        return f"{ORGANISATION}/{self.name}"


TIDY_BOT = Person("tidy-bot[bot]", "tidy-bot", bot=True)
REVIEW_BOT = Person("second-glance[bot]", "second-glance", bot=True)
RELEASE_BOT = Person("northwind-releases[bot]", "northwind-releases", bot=True)

_PAYMENTS = (
    Person("ada-okonjo", "Ada Okonjo"),
    Person("bram-visser", "Bram Visser"),
    Person("chiara-lund", "Chiara Lund"),
    Person("devi-anand", "Devi Anand"),
)
_GROWTH = (
    Person("emil-sorensen", "Emil Sorensen"),
    Person("farah-nasser", "Farah Nasser"),
    Person("goran-ilic", "Goran Ilic"),
)

CHECKOUT = Service("checkout", "payments", "services/checkout", _PAYMENTS, 150, 40, 55, 0.04)
STOREFRONT = Service("storefront", "growth", "services/storefront", _GROWTH, 90, 75, 40, 0.16)
LEDGER = Service("ledger", "payments", "src", _PAYMENTS, 240, 430, 210, 0.0)

SHOP_REPOSITORY = Repository(
    name="shop",
    services=(CHECKOUT, STOREFRONT),
    checks=Pipeline(
        "ci", "ci.yml", (JobKind("lint", 1.6), JobKind("unit-tests", 4.6, 0.3, 0.12), JobKind("preview", 2.2))
    ),
    after_merge=Pipeline("end-to-end", "end-to-end.yml", (JobKind("browser-tests", 8.6, 0.22, 0.08),)),
    coverage_status=True,
    changes_a_day=4.4,
    trains=(),
    first_number=412,
)
LEDGER_REPOSITORY = Repository(
    name="ledger",
    services=(LEDGER,),
    checks=Pipeline(
        "build", "build.yml", (JobKind("lint", 1.2), JobKind("unit-tests", 3.4, 0.2, 0.05), JobKind("balance-proof", 6))
    ),
    after_merge=None,
    coverage_status=False,
    changes_a_day=2.4,
    trains=(10, 15),
    first_number=187,
)
REPOSITORIES = (SHOP_REPOSITORY, LEDGER_REPOSITORY)
