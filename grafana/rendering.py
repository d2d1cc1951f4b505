"""Reads the panels' SQL, writes the dashboards and the alert rules, and tells which of them are stale."""

import json
from collections.abc import Sequence
from pathlib import Path

from grafana.alerting import panels_of, provisioning_file
from grafana.render import render_boards
from schemas.alert_rules import AlertRule

FOLDER = Path(__file__).parent
ALERTS = "provisioning/alerting/rules.yaml"


def render_all(rules: Sequence[AlertRule]) -> dict[str, str]:
    """The text of each rendered file by its path within the folder `grafana`; the alert rules are those given."""
    boards = render_boards({file.stem: file.read_text("utf-8") for file in sorted((FOLDER / "panels").glob("*.sql"))})
    return boards | {ALERTS: provisioning_file(rules, panels_of(json.loads(text) for text in boards.values()))}


def alert_file(rules: Sequence[AlertRule]) -> str:
    """The alert rules as a provisioning file, for the committed boards."""
    return provisioning_file(rules, panels_of(json.loads(text) for text in committed_boards()))


def committed_boards() -> list[str]:
    """The committed dashboards' texts, in the order of their file names."""
    return [file.read_text("utf-8") for file in sorted((FOLDER / "dashboards").glob("*.json"))]


def write(rules: Sequence[AlertRule]) -> list[str]:
    """Writes the rendered files and returns the paths of those that changed."""
    stale = check(rules)
    files = render_all(rules)
    for path in stale:
        (FOLDER / path).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / path).write_text(files[path], "utf-8")
    return stale


def check(rules: Sequence[AlertRule]) -> list[str]:
    """The paths of the committed files that differ from what the code renders, or that it does not render."""
    files = render_all(rules)
    committed = {f"dashboards/{file.name}": file.read_text("utf-8") for file in (FOLDER / "dashboards").glob("*.json")}
    if (FOLDER / ALERTS).exists():
        committed[ALERTS] = (FOLDER / ALERTS).read_text("utf-8")
    return sorted(path for path in files.keys() | committed.keys() if files.get(path) != committed.get(path))
