"""`python -m tests.stream_processors.alerting.worker_process CONFIG`: the worker, with a group that forgets it soon.

The broker waits for a killed member as long as its session lasts: six seconds are the least it accepts.
"""

import sys

from deploy.status import StatusServer
from deploy.telemetry import configured
from schemas.catalog import Catalog
from schemas.config import Config
from stream_processors import app

app.SESSION_TIMEOUT_S = 6.0

if __name__ == "__main__":
    from stream_processors.work import run

    config = Config.model_validate_json(sys.argv[1])
    with configured("worker", None, lambda reference: reference):
        run(config, lambda reference: reference, Catalog(config.services), StatusServer)
