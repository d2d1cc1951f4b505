"""What the stack starts, and how long it waits for it."""

from dataclasses import fields
from pathlib import Path

import pytest

from deploy.effective import Ports
from deploy.stack import READ_BACK_S, _service

PORTS = Ports(*[1] * len(fields(Ports)))


@pytest.mark.parametrize(
    ("name", "seconds"), [("gateway", 60), ("store", 60), ("notifier", 60), ("board", 60), ("worker", READ_BACK_S)]
)
def test_only_a_worker_may_take_its_time_until_it_is_ready(tmp_path: Path, name: str, seconds: float) -> None:
    """It reads all its state back first: killed after a minute, it would never get through a large one."""
    assert _service(name, tmp_path, PORTS).ready_within_s == seconds
