from pathlib import Path

import pytest

from schemas.config import Config
from schemas.config_text import ConfigError, parse

GOOD = """
services:
  - name: shop
    team:
      - {name: web, since: 2026-01-01}
    repositories: [acme/shop]
sources:
  github: {secrets: ["env:SECRET"]}
gateway:
  body_deadline: 5s
"""


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        parse(text, "p.yaml")
    return str(raised.value).splitlines()


def test_a_good_file_is_read() -> None:
    config = parse(GOOD, "p.yaml")
    assert config.gateway.body_deadline == 5
    assert config.services[0].repositories == ("acme/shop",)


def test_an_empty_file_is_the_defaults() -> None:
    assert parse("# nothing yet\n", "p.yaml") == Config()


def test_an_unknown_key_names_the_nearest_known_one() -> None:
    assert problems("services:\n  - name: shop\n    repositorys: [acme/shop]\n") == [
        "p.yaml:3: services[0].repositorys: unknown key; did you mean 'repositories'?"
    ]


def test_an_unknown_key_far_from_any_is_told_what_is_known() -> None:
    [said] = problems("gateway:\n  xyz: 1\n")
    assert said.startswith("p.yaml:2: gateway.xyz: unknown key; known here are ")
    assert "body_deadline" in said


def test_keys_inside_of_lists_of_teams_are_known_too() -> None:
    said = problems("services:\n  - name: shop\n    team:\n      - name: web\n        sinc: 2026-01-01\n")
    assert "p.yaml:5: services[0].team[0].sinc: unknown key; did you mean 'since'?" in said


@pytest.mark.parametrize("duration", ["5 minutes", "5", "-1s", "1h30m"])
def test_a_bad_duration_is_told_how_to_write_one(duration: str) -> None:
    [said] = problems(f"gateway:\n  body_deadline: '{duration}'\n")
    assert said.startswith("p.yaml:2: gateway.body_deadline: ")
    assert said.endswith("; write a number and a unit, such as 30s, 10m, 2h or 7d")


def test_a_double_claim_is_told_at_its_second_line() -> None:
    text = "services:\n- name: shop\n  repositories: [a/b]\n- name: cart\n  repositories:\n  - a/c\n  - a/b\n"
    assert problems(text) == ["p.yaml:7: 'a/b' is claimed by 'shop' and 'cart'; let one of them claim it once"]


def test_a_double_claim_of_a_path_is_told_at_its_second_line() -> None:
    claim = "  paths:\n  - repository: m/m\n    patterns:\n    - x/**\n"
    [said] = problems(f"services:\n- name: shop\n{claim}- name: cart\n{claim}")
    assert said.startswith("p.yaml:11: 'm/m x/**' is claimed by 'shop' and 'cart'")


def test_two_services_of_one_name_are_told() -> None:
    assert problems("services:\n- name: shop\n- name: shop\n")[0].startswith("p.yaml:3: two services are called 'shop'")


def test_every_problem_is_told_at_once_and_in_order() -> None:
    said = problems("services:\n  - team: web\nlisten:\n  gateway: nohost\nbogus: 1\n")
    assert [line.split(":")[1] for line in said] == ["2", "4", "5"]


@pytest.mark.parametrize("text", ["listen: {}\ngateway: {}\nlisten: {}\n", "gateway:\n  a: 1\n  a: 1\n"])
def test_a_repeated_key_is_an_error_though_yaml_would_keep_the_last(text: str) -> None:
    [said] = problems(text)
    assert said.startswith("p.yaml:3: the key ")


def test_a_repeated_key_on_one_line_is_an_error() -> None:
    assert problems("gateway: {body_deadline: 1s, body_deadline: 2s}\n")[0].startswith("p.yaml:1: the key")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a\n", "p.yaml:1: the file should be a mapping"),
        ("just text\n", "p.yaml:1: the file should be a mapping"),
        ("services:\n  name: shop\n", "p.yaml:1: services should be a list"),
        ("sources:\n  github:\n", "p.yaml:2: sources.github should be a mapping"),
        ("services:\n- name: s\n  team: {name: x}\n", "p.yaml:3: services[0].team should be a list"),
        ("services:\n- name: s\n  team: 5\n", "p.yaml:3: services[0].team should be text"),
        ("connections:\n  kafka:\n    partitions: many\n", "p.yaml:3: connections.kafka.partitions should be a whole"),
        ("a: [1,\n", "p.yaml:2: not YAML"),
        ("a: b: c\n", "p.yaml:1: not YAML"),
        ("a: \x00\n", "p.yaml:1: not YAML"),
        ("services:\n- name: s\n  team: [{name: a, since: 2026-02-30}]\n", "p.yaml:3: not YAML: day is out of range"),
        ("a: " + "[" * 3000, "p.yaml:1: not YAML: nested too deep"),
        ("services:\n- name: s\n  time_zone: Mars/X\n", "p.yaml:3: services[0].time_zone: 'Mars/X' is no time zone"),
        ("sources:\n  x: {}\n", "p.yaml:2: sources.x: no `secrets:`"),
        ("&a [*a]\n", "p.yaml:1: the file should be a mapping"),
    ],
)
def test_what_has_another_shape_is_told_with_its_line(text: str, said: str) -> None:
    assert problems(text)[0].startswith(said)
    assert "; " in problems(text)[0]


def test_no_problem_shows_a_secret(tmp_path: Path) -> None:
    said = problems("salt: [hunter2]\nsources:\n  github: {secrets: hunter2, unsigned: hunter2}\n")
    assert len(said) == 3
    assert "hunter2" not in " ".join(said)
