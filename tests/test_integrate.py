"""The examples of docs/integrate.md are taken in as they stand there."""

import os
import re
import shlex
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from producers.gateway import Intake, take_in
from producers.registry import find_source
from schemas.catalog import Catalog
from schemas.codec import decode_event
from schemas.config import Config, Service
from schemas.deliveries import Delivery, Secret
from schemas.events import DeploymentUpdated, Event, RunUpdated

PAGE = Path(__file__).parents[1] / "docs/integrate.md"
SECRET = "a secret of the page"
COMMIT = "4f1c2a9be07d36d58a1190c4e2b7f3a6d5c80e17"
NOW = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
TRACE = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01"

_FENCE = re.compile(r"^```(?P<kind>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_HEREDOC = re.compile(r"(?P<command>.*) <<'EOF'\n(?P<body>.*)^EOF$", re.MULTILINE | re.DOTALL)


def blocks(kind: str) -> list[str]:
    return [block["text"] for block in _FENCE.finditer(PAGE.read_text("utf-8")) if block["kind"] == kind]


def delivered(command: str) -> Delivery:
    """What a `curl … --data @- <<'EOF'` sends."""
    match = _HEREDOC.search(command)
    assert match, command
    words = shlex.split(match["command"].replace("\\\n", " ").replace("$CDEVENTS_SECRET", SECRET))
    assert words[:2] == ["curl", "--fail-with-body"]
    assert words[-2:] == ["--data", "@-"]
    source = words[2].removeprefix("http://127.0.0.1:8480/hooks/")
    given = [words[index + 1] for index, word in enumerate(words) if word == "-H"]
    headers = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in given)}
    body = match["body"].replace("\n", "")  # as curl's --data sends a file
    return Delivery(source, headers, body.encode(), None, NOW)


def taken(command: str) -> Intake:
    """What the gateway makes of the example, with the page's own configuration."""
    delivery = delivered(command)
    (configuration,) = blocks("yaml")
    settings = Config.model_validate(yaml.safe_load(configuration)).sources[delivery.source]
    services = [Service(name="parcels", repositories=("northwind/parcels",))]
    source, secrets = find_source(delivery.source), [Secret(SECRET.encode())]
    return take_in(delivery, source, secrets, settings, Catalog(services), b"salt", TRACE)


def events_of(command: str) -> list[tuple[str, Event]]:
    """Each event with the service that it belongs to."""
    records = [record for record in taken(command).records if record.topic == "events"]
    return [(record.key.decode(), decode_event(record.value)) for record in records]


def test_the_structured_example_is_a_run_of_the_service_that_claims_its_repository() -> None:
    structured, _ = blocks("sh cdevents")
    [(service, event)] = events_of(structured)
    assert service == "parcels"
    assert isinstance(event, RunUpdated)
    assert (event.pipeline, event.state, event.outcome, event.links.sha) == ("verify", "finished", "success", COMMIT)


def test_the_binary_example_is_a_deployment_whose_commit_its_artifact_tells() -> None:
    _, binary = blocks("sh cdevents")
    [(service, event)] = events_of(binary)
    assert service == "parcels"
    assert isinstance(event, DeploymentUpdated)
    assert (event.environment, event.tier, event.sha, event.state) == ("production", "production", COMMIT, "succeeded")


def test_the_headers_of_a_cloudevent_may_be_left_out() -> None:
    _, binary = blocks("sh cdevents")
    without = re.sub(r"  -H 'ce-[^\n]*\n", "", binary)
    assert "ce-type" not in without
    assert taken(without).events == taken(binary).events


@pytest.mark.parametrize("example", blocks("sh cdevents"), ids=["structured", "binary"])
def test_a_shell_sends_the_same_bytes(example: str, tmp_path: Path) -> None:
    """The quotes of the page are a shell's: what it gives to curl is what was read above."""
    curl = tmp_path / "curl"
    curl.write_text('#!/bin/sh\nprintf "%s\\n" "$@" > "$OUT/arguments"\ntr -d "\\n" > "$OUT/body"\n')
    curl.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "OUT": str(tmp_path), "CDEVENTS_SECRET": SECRET}
    subprocess.run(["/bin/sh", "-e", "-c", example], env=environment, check=True, timeout=30)
    assert (tmp_path / "body").read_bytes() == delivered(example).body
    assert f"Authorization: Bearer {SECRET}" in (tmp_path / "arguments").read_text().splitlines()
