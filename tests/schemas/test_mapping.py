"""A bad mapping is refused when the file is read: file, line, and what to do."""

from pathlib import Path

import pytest

from schemas.config_text import ConfigError, parse
from schemas.event_fields import event_types, fields_of, keys_of

SAMPLE = (Path(__file__).parents[1] / "fixtures/mapping/acme-ci.yaml").read_text("utf-8")


@pytest.mark.parametrize(
    ("sound", "broken", "said"),
    [
        ("run: build.id", "run: build[", "is no JMESPath expression"),
        ("run: build.id", "run: number(build.id)", "there is no function number(); did you mean to_number()?"),
        ("run: build.id", "run: length(build, id)", "length() takes 1 arguments, not 2"),
        ("run: build.id", f'run: "{"!" * 100}a"', "nested deeper than 64 levels"),
        ("run: build.id", f"run: {'a' * 1_001}", "should have at most 1000 characters"),
        ("run: build.id", "runn: build.id", "RunUpdated has no field 'runn'; did you mean 'run'?"),
        ("links.sha: build.commit", "sha: build.commit", "RunUpdated has no field 'sha'; did you mean 'links.sha'?"),
        ("- type: RunUpdated", "- type: RunUpdate", "there is no event 'RunUpdate'; did you mean 'RunUpdated'?"),
        ("map: {passed: success, ", "mapp: {passed: success, ", "unknown key; did you mean 'map'?"),
        ("when: build.target", "whn: build.target", "unknown key; did you mean 'when'?"),
        ('personal: ["**.login"]', 'personal: ["by.login"]', "'by.login' is no path of personal values"),
        ("scheme: hmac-sha256-hex, header: X-Acme-Signature", "scheme: token", "token needs a header"),
        ("event: type", "event_header: X-Acme-Token", "the header 'X-Acme-Token' is not kept with a delivery"),
        ("event: type", "event_header: Acme", "the header 'Acme' is not kept with a delivery"),
    ],
)
def test_the_line_that_is_wrong_is_named(sound: str, broken: str, said: str) -> None:
    assert sound in SAMPLE
    with pytest.raises(ConfigError) as raised:
        parse(SAMPLE.replace(sound, broken, 1), "p.yaml")
    line = 1 + SAMPLE[: SAMPLE.index(sound)].count("\n")
    (problem,) = [problem for problem in raised.value.problems if said in f"{problem.message}; {problem.remedy}"]
    assert problem.line == line, raised.value


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        ("              run: build.id\n", "RunUpdated needs the field 'run'; add it with the expression that gives it"),
        ("              origin.repository: repo\n", "RunUpdated says not whose it is; add origin.repository, "),
        ("      event: type\n", "nothing says which event it is; add either `event:` or `event_header:`"),
    ],
)
def test_what_is_missing_is_named(gone: str, said: str) -> None:
    assert gone in SAMPLE
    with pytest.raises(ConfigError, match=r"^p\.yaml:\d+: ") as raised:
        parse(SAMPLE.replace(gone, "", 1), "p.yaml")
    assert said in str(raised.value)


def test_a_signature_without_a_mapping_is_refused() -> None:
    text = "sources:\n  github:\n    secrets: [x]\n    signature: {scheme: url-token}\n"
    with pytest.raises(ConfigError, match="only a source with a `mapping:` says how it signs"):
        parse(text, "p.yaml")


@pytest.mark.parametrize("type_", event_types())
def test_every_event_says_what_tells_one_fact_from_another(type_: str) -> None:
    keys = keys_of(type_)
    assert keys
    assert set(keys) <= fields_of(type_).keys()
