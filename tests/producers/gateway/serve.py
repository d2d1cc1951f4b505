"""A gateway whose one source is acme, as a process: `python -m tests.producers.gateway.serve CONFIG.json`."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from deploy.telemetry import configured, metrics_text
from producers.http import Rules
from producers.receive import serve
from producers.source import OpenSource
from schemas.catalog import Catalog
from schemas.config import Config
from schemas.deliveries import Secret
from tests.producers.gateway.acme import Acme

if __name__ == "__main__":
    config = Config.model_validate_json(Path(sys.argv[1]).read_bytes())
    secrets = [Secret(secret.encode()) for secret in config.sources["acme"].secrets]
    sources = {"acme": OpenSource(Acme(), config.sources["acme"], secrets)}
    rules = Rules(sources, Catalog(config.services), datetime.now(UTC))
    with configured("gateway", config.connections.otlp, lambda secret: secret):
        uvloop.run(serve(config, rules, lambda secret: secret, metrics_text, lambda: rules))
