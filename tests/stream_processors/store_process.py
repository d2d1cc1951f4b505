"""`python -m tests.stream_processors.store_process CONFIG`: the store."""

import sys

from deploy.status import StatusServer
from deploy.telemetry import configured
from schemas.config import Config
from stream_processors.store import run

if __name__ == "__main__":
    config = Config.model_validate_json(sys.argv[1])
    with configured("store", config.connections.otlp, lambda reference: reference):
        run(config, lambda reference: reference, StatusServer)
