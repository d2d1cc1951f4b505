"""A failpoint ends the process as kill -9 would, at the moment that the environment names and at no other."""

import os
import subprocess
import sys

import pytest

_REACHES = "from stream_processors.failpoints import reached; [reached('moment') for _ in range(3)]; print('alive')"


@pytest.mark.parametrize(
    ("chosen", "code"), [("", 0), ("moment", 137), ("moment:3", 137), ("moment:4", 0), ("another", 0)]
)
def test_the_process_ends_at_the_chosen_time_only(chosen: str, code: int) -> None:
    environment = {**os.environ, "PIPEGAUGE_FAIL_AT": chosen}
    ended = subprocess.run([sys.executable, "-c", _REACHES], env=environment, capture_output=True, check=False)
    assert ended.returncode == code
    assert ended.stdout.strip() == (b"alive" if code == 0 else b"")
