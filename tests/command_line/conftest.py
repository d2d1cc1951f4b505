"""What the tests of the command line share: a shell to run it in, and a configuration."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

PIPEGAUGE = Path(sys.executable).parent / "pipegauge"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs pipegauge in an empty folder."""

    def of(*words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        known = {name: value for name, value in os.environ.items() if not name.startswith("PIPEGAUGE_")}
        variables = {**known, "COLUMNS": "200", **environment}
        argv = [str(PIPEGAUGE), *map(str, words)]
        return subprocess.run(argv, cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=60)

    return of


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a configuration."""

    def of(text: str) -> Path:
        path = tmp_path / "gauge.yaml"
        path.write_text(text, "utf-8")
        return path

    return of


def is_one_line(ended: subprocess.CompletedProcess[str], code: int) -> str:
    """The one line on stderr of a command that failed so."""
    assert ended.returncode == code, ended
    assert ended.stdout == ""
    [line] = ended.stderr.splitlines()
    return line
