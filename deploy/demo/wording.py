"""The words of the story: titles, branches, files and remarks."""

import re
from random import Random

from deploy.demo.company import Service

_VERBS = ("Speed up", "Simplify", "Cache", "Validate", "Rename", "Log", "Retry", "Round", "Translate", "Split")
_THINGS = {
    "checkout": ("the basket total", "card payments", "voucher codes", "the address form", "delivery slots"),
    "storefront": ("product images", "the search box", "category pages", "the start page", "size filters"),
    "warehouse": ("stock counts", "parcel labels", "pick lists", "returned goods", "shelf places"),
    "ledger": ("journal entries", "the trial balance", "currency rounding", "refund postings", "month closing"),
}
_FILES = ("api.py", "model.py", "rules.py", "store.py", "views.py", "events.py", "limits.py")
_FIXES = ("Handle the empty case", "Add a test", "Follow the review", "Fix the build", "Name things better")
_REMARKS = (
    "Could this be a function of its own?",
    "I like how small this became.",
    "What happens when the list is empty?",
    "Please add a test for the second branch.",
    "Agreed, done.",
)


def title_of(throw: Random, service: Service) -> str:
    """A change's title."""
    return f"{throw.choice(_VERBS)} {throw.choice(_THINGS[service.name])}"


def branch_of(title: str, number: int) -> str:
    """A branch name that no other change of the repository has."""
    return f"{re.sub('[^a-z]+', '-', title.lower())}-{number}"


def files_of(throw: Random, services: tuple[Service, ...]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Paths added, modified and removed by a commit; it touches each of `services`."""
    modified = [f"{service.folder}/{throw.choice(_FILES)}" for service in services]
    tests = f"{services[0].folder}/tests/test_{throw.choice(_FILES)}"
    luck = throw.random()
    if luck < 0.4:
        return (tests,), tuple(modified), ()
    if luck < 0.5:
        return (), tuple(modified), (tests,)
    return (), (*modified, tests), ()


def fix_message(throw: Random) -> str:
    """The message of a commit that is not the first."""
    return throw.choice(_FIXES)


def remark_text(throw: Random) -> str:
    """The body of a comment or review."""
    return throw.choice(_REMARKS)
