"""The demo's pipegauge.yaml is a valid configuration that claims what Northwind has."""

from pathlib import Path

import yaml

import deploy.demo
from deploy.demo.company import REPOSITORIES
from schemas.config import Config


def test_the_catalog_claims_every_service_of_the_company() -> None:
    text = (Path(deploy.demo.__file__).parent / "pipegauge.yaml").read_text()
    config = Config.model_validate(yaml.safe_load(text))
    teams = {service.name: service.team for repository in REPOSITORIES for service in repository.services}
    assert {service.name: service.team for service in config.services} == teams
    assert set(config.sources) == {"github", "git"}
    claimed = {name for service in config.services for name in service.repositories}
    claimed |= {claim.repository for service in config.services for claim in service.paths}
    assert claimed == {repository.full_name for repository in REPOSITORIES}
