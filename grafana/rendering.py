"""Reads the panels' SQL, writes the dashboards, and tells which of them are stale."""

from pathlib import Path

from grafana.render import render_boards

FOLDER = Path(__file__).parent


def render_all() -> dict[str, str]:
    """The text of each dashboard file by its path within the folder `grafana`."""
    return render_boards({file.stem: file.read_text("utf-8") for file in sorted((FOLDER / "panels").glob("*.sql"))})


def write() -> list[str]:
    """Writes the dashboards and returns the paths of those that changed."""
    stale = check()
    files = render_all()
    for path in stale:
        (FOLDER / path).write_text(files[path], "utf-8")
    return stale


def check() -> list[str]:
    """The paths of the committed dashboards that differ from what the code renders, or that it does not render."""
    files = render_all()
    committed = {f"dashboards/{file.name}": file.read_text("utf-8") for file in (FOLDER / "dashboards").glob("*.json")}
    return sorted(path for path in files.keys() | committed.keys() if files.get(path) != committed.get(path))
