"""`pipegauge normalise` tries the mapping that the user has written, whatever a stack was started with."""

import json
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from deploy import endpoints
from tests.command_line.conftest import Run


def ignoring(event: str) -> str:
    """A configuration whose source acme knows one event, which it ignores."""
    signature = {"scheme": "hmac-sha256-hex", "header": "X-Acme-Signature"}
    mapping = {"event_header": "X-Acme-Event", "events": {event: []}}
    return json.dumps({"sources": {"acme": {"secrets": ["a"], "signature": signature, "mapping": mapping}}})


@pytest.mark.parametrize("file", ["pipegauge.yaml", "another.yaml"])
def test_a_mapping_is_tried_as_its_file_is_now_while_a_stack_runs(run: Run, tmp_path: Path, file: str) -> None:
    own, data, payload = tmp_path / file, tmp_path / ".pipegauge", tmp_path / "payload.json"
    data.mkdir()
    endpoints.write_effective(data, ignoring("started"))
    endpoints.note_origin(data, own)
    own.write_text(ignoring("done"), "utf-8")
    payload.write_text("{}", "utf-8")

    def outcome(event: str) -> str:
        ended: CompletedProcess[str] = run("normalise", "--source", "acme", "--event", event, payload)
        assert ended.returncode == 0, ended
        return str(json.loads(ended.stdout)["outcome"])

    assert [outcome("done"), outcome("started")] == ["ignored", "dead-letter"]
