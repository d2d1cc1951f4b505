"""`python -m tests.stream_processors.store_process CONFIG [POINT]`: the store, killed with -9 at POINT."""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from deploy.status import StatusServer
from deploy.telemetry import configured
from schemas.config import Config
from stream_processors.store import Store, run

POINTS = {"before insert": ("_insert", False), "after insert": ("_insert", True), "before commit": ("_commit", False)}


def end_at(point: str) -> None:
    """Makes the store kill itself at its first insert of events, or at the commit after it."""
    name, is_after = POINTS[point]
    original: Callable[..., None] = getattr(Store, name)

    def killed(self: Any, *arguments: Any) -> None:
        is_hit = self._inserted if name == "_commit" else arguments[0] == "events"
        if is_hit and not is_after:
            os.kill(os.getpid(), signal.SIGKILL)
        original(self, *arguments)
        if is_hit:
            os.kill(os.getpid(), signal.SIGKILL)

    setattr(Store, name, killed)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        end_at(sys.argv[2])
    config = Config.model_validate_json(sys.argv[1])
    with configured("store", config.connections.otlp, lambda reference: reference):
        run(config, lambda reference: reference, StatusServer)
