"""A headless Chromium of its own profile, and what tests ask of the board in it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

CHROMIUM = Path("/usr/bin/chromium")
DRIVER = Path("/usr/bin/chromedriver")
ARGUMENTS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
)
SECONDS = 20


class Page:
    """The board in the browser."""

    def __init__(self, driver: Chrome) -> None:
        self.driver = driver

    def open(self, address: str) -> None:
        """Opens a board and waits until every panel was answered."""
        self.driver.get(address)
        self.settle()

    def settle(self) -> None:
        """Waits until every panel was answered."""
        wait = WebDriverWait(self.driver, SECONDS)
        wait.until(
            lambda _: self.script("return document.getElementById('panels')?.getAttribute('aria-busy')") == "false"
        )
        wait.until(lambda _: not self.driver.find_elements(By.CSS_SELECTOR, ".panel[data-state=loading]"))

    def script(self, text: str, *arguments: object) -> Any:
        """The value of a script."""
        return self.driver.execute_script(text, *arguments)

    def size(self, width: int, height: int) -> None:
        """The size of the page itself."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def prefer(self, scheme: str) -> None:
        """What the system prefers: light or dark."""
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})

    def states(self) -> dict[str, str]:
        """The state of each panel by its id."""
        return dict(
            self.script("return [...document.querySelectorAll('.panel')].map(p => [p.dataset.panel, p.dataset.state])")
        )

    def stat(self, panel: int) -> float | None:
        """The number that a stat panel shows."""
        text = self.script(f"return document.querySelector('[data-panel=\"{panel}\"] .value').dataset.value")
        return float(text) if text else None

    def series(self, panel: int) -> dict[str, list[list[float | None]]]:
        """What ECharts has drawn: points by series."""
        found = self.script(
            f"const chart = echarts.getInstanceByDom(document.querySelector('[data-panel=\"{panel}\"] .chart'));"
            "return JSON.stringify(chart.getOption().series.map(s => [s.name, s.data]))"
        )
        return dict(json.loads(found))

    def table(self, panel: int) -> list[list[str]]:
        """The values behind the cells of a table."""
        rows: list[list[str]] = self.script(
            f"return [...document.querySelectorAll('[data-panel=\"{panel}\"] tbody tr')]"
            ".map(row => [...row.cells].map(cell => cell.dataset.value))"
        )
        return rows

    def text(self, panel: int) -> str:
        """All that a panel says."""
        return str(self.script(f"return document.querySelector('[data-panel=\"{panel}\"]').innerText"))

    def complaints(self) -> list[str]:
        """What the console holds."""
        return [entry["message"] for entry in self.driver.get_log("browser")]  # type: ignore[no-untyped-call]


@contextmanager
def chromium(profile: Path) -> Iterator[Page]:
    """A browser that ends with the block."""
    options = Options()
    options.binary_location = str(CHROMIUM)
    for argument in (*ARGUMENTS, f"--user-data-dir={profile}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options=options, service=Service(str(DRIVER)))
    try:
        page = Page(driver)
        page.size(1440, 900)
        yield page
    finally:
        driver.quit()
