"""`python -m …notifier_process CONFIG GROUP RETRIES MOST_WAITING`: the notifier, for a test.

A group of its own keeps tests apart on one broker; a short session lets the next start follow a kill soon.
"""

import json
import sys

from deploy.logs import configure_logs
from deploy.status import StatusServer
from deploy.telemetry import configured
from schemas.config import Config
from stream_processors.notifier import process

if __name__ == "__main__":
    configure_logs()
    process.GROUP = sys.argv[2]
    process.SESSION_TIMEOUT_MS = 6_000
    config = Config.model_validate_json(sys.argv[1])
    with configured("notifier", None, lambda reference: reference):
        process.run(config, lambda reference: reference, StatusServer, json.loads(sys.argv[3]), int(sys.argv[4]))
