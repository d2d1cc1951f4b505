"""Many simulated companies: their deliveries, and the services that they are of."""

import heapq
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import orjson

from deploy.demo.company import ORGANISATION
from deploy.demo.deliveries import deliveries
from deploy.demo.moments import Planned

PAST = timedelta(days=14)


def catalog(companies: int) -> list[dict[str, Any]]:
    """The services of pipegauge.yaml: three for each company, two of them in one repository; ten teams at the most."""
    return [service for number in range(companies) for service in _services(f"{ORGANISATION}-{number}", number % 5)]


def _services(company: str, team: int) -> Iterator[dict[str, Any]]:
    for name in ("checkout", "storefront"):
        claim = {"repository": f"{company}/shop", "patterns": [f"services/{name}/**"]}
        yield {"name": f"{company}-{name}", "team": f"shop-{team}", "paths": [claim]}
    yield {
        "name": f"{company}-ledger",
        "team": f"money-{team}",
        "repositories": [f"{company}/ledger"],
        "production": ["live-*"],
    }


def deliveries_of(companies: int, end: datetime) -> Iterator[tuple[str, bytes]]:
    """GitHub's event names and bodies of a fortnight before `end`, of all companies, in the order of time."""
    told = (_of(number, end) for number in range(companies))
    for _, _, event, body in heapq.merge(*told):
        yield event, body


def _of(number: int, end: datetime) -> Iterator[tuple[datetime, int, str, bytes]]:
    name, own = f"{ORGANISATION}/".encode(), f"{ORGANISATION}-{number}/".encode()
    planned: Planned
    for planned in deliveries(number + 1, end - PAST, end):
        yield planned.at, number, planned.event, orjson.dumps(planned.body).replace(name, own)
