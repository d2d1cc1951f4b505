"""The catalog's teams as rows of the table `services`, which the boards join to filter by team."""

from collections.abc import Iterable
from datetime import date

from schemas.config import Service

ServiceRow = tuple[str, date, str, int]
"""service, since, team, version."""

# Not 1970-01-01: that is the day of the rows by which the view calls a service unassigned.
ALWAYS = date(1970, 1, 2)


def service_rows(services: Iterable[Service], version: int) -> list[ServiceRow]:
    """The whole catalog under one version, which has to rise with each catalog (a clock's milliseconds will do)."""
    rows: list[ServiceRow] = []
    for service in services:
        if isinstance(service.team, str):
            rows.append((service.name, ALWAYS, service.team, version))
        else:
            rows += [(service.name, max(team.since, ALWAYS), team.name, version) for team in service.team]
    return rows
