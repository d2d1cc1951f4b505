from datetime import date

from grafana.teams import ALWAYS, service_rows
from schemas.config import Service, TeamFrom


def test_a_service_of_one_team_has_always_been_its_own() -> None:
    assert service_rows([Service(name="cart", team="shop")], 7) == [("cart", ALWAYS, "shop", 7)]


def test_a_service_that_changed_teams_has_a_row_for_each() -> None:
    teams = (TeamFrom(name="shop", since=date(1970, 1, 1)), TeamFrom(name="money", since=date(2026, 5, 1)))
    assert service_rows([Service(name="cart", team=teams)], 1) == [
        ("cart", ALWAYS, "shop", 1),
        ("cart", date(2026, 5, 1), "money", 1),
    ]
