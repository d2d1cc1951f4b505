"""The board as people see it: in a real Chromium, over the real engine."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from grafana.board.serving import committed_boards
from tests.embedded.clickhouse_process import start
from tests.grafana.board_process import Board, config_for, start_board
from tests.grafana.browser import CHROMIUM, DRIVER, Page, chromium

BOARD = committed_boards()["delivery"]
TYPES = {panel["id"]: panel["type"] for panel in json.loads(BOARD.text)["panels"] if panel["type"] != "row"}
FIXED = "from=now-14d/d&to=now-1d/d&refresh="
"""Whole days, so that the page and a direct query mean the same range; no refresh between the two."""

pytestmark = pytest.mark.skipif(
    not (CHROMIUM.exists() and DRIVER.exists()),
    reason="needs chromium and chromedriver: apt-get install chromium-driver",
)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with chromium(tmp_path_factory.mktemp("profile")) as page:
        yield page


@pytest.fixture(autouse=True)
def _silent_console(page: Page) -> Iterator[None]:
    page.complaints()
    yield
    assert page.complaints() == []


def titled(title: str, type_: str) -> int:
    return next(p.id for p in BOARD.panels.values() if p.title == title and TYPES[p.id] == type_)


def test_every_number_drawn_equals_that_of_a_direct_query(page: Page, full_board: Board) -> None:
    page.open(f"{full_board.url}/d/delivery?{FIXED}")
    assert set(page.states().values()) <= {"ready", "empty"}
    for panel, type_ in TYPES.items():
        status, direct = full_board.get(f"/api/boards/delivery/query?panel={panel}&{FIXED}")
        assert status == 200
        rows = direct["rows"]
        if type_ == "stat" and BOARD.panels[panel].title != "Last event":
            assert page.stat(panel) == rows[-1][-1]
        if type_ == "timeseries":
            drawn = {(name, t, v) for name, points in page.series(panel).items() for t, v in points if v is not None}
            labelled = len(rows[0]) == 3 and isinstance(rows[0][1], str)
            names = [column["name"] for column in direct["columns"]]
            expected = (
                {(label, t, v) for t, label, v in rows}
                if labelled
                else {(name, row[0], v) for row in rows for name, v in zip(names[1:], row[1:], strict=True)}
            )
            assert drawn == expected
        if type_ == "table":
            kept = [at for at, column in enumerate(direct["columns"]) if column["name"] != "url"]
            texts = [["" if row[at] is None else row[at] for at in kept] for row in rows]
            assert [[str(cell) for cell in row] for row in texts] == [
                [str(float(c)) if isinstance(t[i], float) and c else c for i, c in enumerate(row)]
                for row, t in zip(page.table(panel), texts, strict=True)
            ]


def test_a_service_in_the_address_changes_the_numbers(page: Page, full_board: Board) -> None:
    panel = titled("Cycle time", "stat")
    page.open(f"{full_board.url}/d/delivery?{FIXED}")
    all_services = page.stat(panel)
    page.open(f"{full_board.url}/d/delivery?{FIXED}&var-team=shopping&var-service=checkout")
    direct = full_board.get(f"/api/boards/delivery/query?panel={panel}&{FIXED}&var-service=checkout")[1]
    assert page.stat(panel) == direct["rows"][-1][-1] != all_services
    assert [row[0] for row in page.table(titled("Services", "table"))] == ["checkout"]


def test_a_choice_goes_into_the_address_and_the_back_button_undoes_it(page: Page, full_board: Board) -> None:
    services = titled("Services", "table")
    page.open(f"{full_board.url}/d/delivery?{FIXED}")
    before = page.table(services)
    control = page.driver.find_element(By.CSS_SELECTOR, "[data-control=team]")
    control.find_element(By.CSS_SELECTOR, "button.open").click()
    control.find_element(By.CSS_SELECTOR, "input[value=money]").click()
    WebDriverWait(page.driver, 10).until(lambda _: len(page.table(services)) == 1)
    chosen = parse_qs(urlsplit(page.driver.current_url).query)
    assert chosen["var-team"] == ["money"]
    assert chosen["from"] == ["now-14d/d"]
    page.driver.back()
    WebDriverWait(page.driver, 10).until(lambda _: page.table(services) == before)


def test_a_control_opens_and_closes_by_keyboard(page: Page, full_board: Board) -> None:
    page.open(f"{full_board.url}/d/delivery?{FIXED}")
    button = page.driver.find_element(By.CSS_SELECTOR, "[data-control=service] button.open")
    button.send_keys(Keys.ENTER)
    assert button.get_attribute("aria-expanded") == "true"
    page.driver.switch_to.active_element.send_keys(Keys.ARROW_DOWN)
    assert page.driver.switch_to.active_element.get_attribute("value") == "checkout"
    page.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert button.get_attribute("aria-expanded") == "false"
    assert page.driver.switch_to.active_element == button


def test_an_empty_board_says_what_would_fill_it(page: Page, empty_board: Board) -> None:
    page.open(f"{empty_board.url}/d/delivery")
    assert set(page.states().values()) == {"empty"}
    assert "Send workflow_run deliveries." in page.text(titled("Pipelines", "table"))
    stat = titled("Cycle time", "stat")
    assert page.stat(stat) is None
    assert "—" in page.text(stat)
    assert "deployment_status" in page.text(stat)


def test_dark_follows_the_system_until_a_person_chooses(page: Page, full_board: Board) -> None:
    page.prefer("dark")
    page.open(f"{full_board.url}/d/delivery?{FIXED}")
    background = "return getComputedStyle(document.documentElement).backgroundColor"
    dark = page.script(background)
    page.driver.find_element(By.CSS_SELECTOR, "[data-control=theme]").click()
    light = page.script(background)
    assert dark != light
    page.open(f"{full_board.url}/d/delivery?{FIXED}")
    assert page.script(background) == light, "the choice outlives the page"
    page.script("localStorage.clear()")
    page.prefer("light")


@pytest.mark.parametrize("width", [400, 1000, 1440])
def test_no_width_needs_sideways_scrolling(page: Page, full_board: Board, width: int) -> None:
    page.size(width, 900)
    page.open(f"{full_board.url}/d/delivery?{FIXED}")
    assert page.script("return document.documentElement.scrollWidth") <= width
    page.size(1440, 900)


def test_live_refresh_shows_what_arrived_and_keeps_the_charts(page: Page, full_board: Board) -> None:
    page.open(f"{full_board.url}/d/delivery?from=now-7d&to=now&refresh=1s")
    page.script(
        "window.kept = document.querySelector('.chart canvas');"
        "window.asked = performance.getEntriesByType('resource').length"
    )
    WebDriverWait(page.driver, 10).until(
        lambda _: page.script("return performance.getEntriesByType('resource').length > window.asked + 20")
    )
    assert page.script("return document.contains(window.kept)")


def test_links_of_foreign_data_lead_to_the_web_only(page: Page, full_board: Board) -> None:
    page.open(f"{full_board.url}/d/delivery?{FIXED}")
    links = page.script("return [...document.querySelectorAll('td a')].map(a => [a.href, a.target, a.rel])")
    assert any(href.startswith("https://github.example/acme/") for href, _, _ in links)
    assert all(href.startswith(("https://github.example/", full_board.url)) for href, _, _ in links)
    assert all("noopener" in rel for _, target, rel in links if target == "_blank")


def marks_of(page: Page, panel: int) -> tuple[int, int]:
    """How many triangles and shades a chart has."""
    found = page.script(
        f"const chart = echarts.getInstanceByDom(document.querySelector('[data-panel=\"{panel}\"] .chart'));"
        "const first = chart.getOption().series[0]; return [first.markPoint.data.length, first.markArea.data.length]"
    )
    return found[0], found[1]


def test_deployments_and_alerts_are_marked_in_the_charts_until_they_are_hidden(page: Page, full_board: Board) -> None:
    panel = titled("Cycle time", "timeseries")
    page.open(f"{full_board.url}/d/delivery?from=now-14d&to=now&refresh=")
    _, direct = full_board.get("/api/boards/delivery/annotations?from=now-14d&to=now")
    deployments, alerts = (len(one["marks"]) for one in direct)
    assert deployments > alerts == 2
    assert marks_of(page, panel) == (deployments + alerts, alerts)
    page.driver.find_element(By.CSS_SELECTOR, "[data-marks=Deployments]").click()
    assert marks_of(page, panel) == (alerts, alerts)


def test_the_board_of_the_system_shows_its_numbers_and_leads_back(page: Page, full_board: Board) -> None:
    page.open(f"{full_board.url}/d/delivery?{FIXED}")
    link = page.driver.find_element(By.CSS_SELECTOR, "#boards a")
    assert link.text == "System"
    page.open(str(link.get_attribute("href")))
    assert "from=now-14d%2Fd" in page.driver.current_url
    assert set(page.states().values()) <= {"ready", "empty"}
    system = committed_boards()["pipegauge"]
    for panel in system.panels.values():
        direct = full_board.get(f"/api/boards/pipegauge/query?panel={panel.id}&{FIXED}")[1]
        if panel.title in ("Deliveries", "Mapped", "Stored p99") and len(direct["columns"]) == 1:
            assert page.stat(panel.id) == pytest.approx(direct["rows"][0][0])
        if panel.title == "Sources":
            assert [row[0] for row in page.table(panel.id)] == [row[0] for row in direct["rows"]] == ["github", "git"]
    page.driver.find_element(By.CSS_SELECTOR, "#boards a").click()
    page.settle()
    assert "/d/delivery?from=now-14d" in page.driver.current_url


def test_an_error_is_shown_in_the_panel_that_has_it(page: Page, tmp_path: Path) -> None:
    clickhouse = start(tmp_path / "clickhouse")
    board = start_board(config_for(clickhouse, "default"), tmp_path / "board.log")
    try:
        page.open(f"{board.url}/d/delivery?refresh=")
    finally:
        board.stop()
        clickhouse.kill()
    assert set(page.states().values()) == {"error"}
    assert "events" in page.text(titled("Events received", "timeseries"))
    assert "Some panels failed" in page.script("return document.getElementById('pulse').innerText")
    assert all("status of 502" in complaint for complaint in page.complaints())
