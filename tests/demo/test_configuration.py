"""The demo's pipegauge.yaml is a valid configuration that claims what Northwind has."""

from dataclasses import fields
from pathlib import Path

import pytest
import yaml

import deploy.demo
from deploy.configuration import load
from deploy.demo.company import REPOSITORIES
from deploy.demo.show import COMPANY
from deploy.demo.warehouse.company import REPOSITORY
from deploy.demo.warehouse.deliveries import SOURCES
from deploy.effective import SECRETS, Ports, effective, make_secrets
from schemas.config import Config
from schemas.config_text import parse

EVERYWHERE = (*REPOSITORIES, REPOSITORY)


def test_the_catalog_claims_every_service_of_the_company() -> None:
    text = (Path(deploy.demo.__file__).parent / "pipegauge.yaml").read_text()
    config = Config.model_validate(yaml.safe_load(text))
    teams = {service.name: service.team for repository in EVERYWHERE for service in repository.services}
    assert {service.name: service.team for service in config.services} == teams
    assert set(config.sources) == {"github", "git", *SOURCES}
    claimed = {name for service in config.services for name in service.repositories}
    claimed |= {claim.repository for service in config.services for claim in service.paths}
    assert claimed == {repository.full_name for repository in EVERYWHERE}


def test_the_processes_read_the_very_rules_of_the_file(tmp_path: Path) -> None:
    """`for` is a word of Python, and an unquoted time is a number of YAML: both must survive being written again."""
    config = load(COMPANY)
    ports = Ports(**{field.name: 1_000 + number for number, field in enumerate(fields(Ports))})
    files = {name: tmp_path / name for name in SECRETS}
    assert config.alerts
    assert parse(effective(config, tmp_path, ports, files), "effective.yaml").alerts == config.alerts


def test_a_secret_that_a_source_names_is_made_where_the_user_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    written = tmp_path / "secrets" / "gitlab"
    written.parent.mkdir()
    written.write_text("the user's own")
    sources = {
        "jira": {"secrets": ["file:secrets/jira"]},
        "gitlab": {"secrets": ["file:secrets/gitlab"]},
        "github": {"secrets": ["env:GITHUB", "file:elsewhere/github"]},
    }
    data = tmp_path / "data"
    files = make_secrets(data, Config.model_validate({"sources": sources}))
    assert set(files) == {*SECRETS, "jira"}
    assert len(files["jira"].read_text().strip()) == 48
    again = make_secrets(data, Config.model_validate({"sources": sources}))
    assert again == files
    assert files["jira"].stat().st_mode & 0o077 == 0
