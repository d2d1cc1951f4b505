"""Where the console script begins: a wrapped step does not wait for what the other commands import."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def start(*words: str) -> "subprocess.CompletedProcess[str]":
    argv = [sys.executable, "-X", "importtime", "-m", "deploy.start", *words]
    environment = {"PATH": "/usr/bin:/bin"}
    return subprocess.run(argv, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)


def test_run_needs_only_the_standard_library() -> None:
    done = start("run", "--", "sh", "-c", "exit 3")
    assert done.returncode == 3
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert "producers.ci_step" in imported
    assert not {"typer", "pydantic", "orjson", "structlog", "schemas"} & imported


def test_the_other_commands_are_there() -> None:
    assert "check-config" in start("--help").stdout
