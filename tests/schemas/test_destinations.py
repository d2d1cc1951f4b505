"""`notify:` of pipegauge.yaml: what is refused names file, line and remedy, and never the address."""

import pytest

from schemas.config_text import ConfigError, parse
from schemas.destinations import SCHEMES

TOKEN = "s3cr3t"


def route(key: str, address: str) -> str:
    return f'notify:\n  routes:\n    oncall:\n      {key}: ["{address}"]\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            route("urls", f"syslog://{TOKEN}"),
            "p.yaml:4: notify.routes.oncall.urls: syslog:// is not allowed; use one of apprise, ",
        ),
        (
            route("urls", f"https://hooks.example.org/{TOKEN}"),
            "p.yaml:4: notify.routes.oncall.urls: https:// is not allowed; use jsons://HOST/PATH for a webhook, or "
            "the service's own scheme, such as slack:// or workflows://",
        ),
        (
            route("urls", f"hooks.example.org/{TOKEN}"),
            "p.yaml:4: notify.routes.oncall.urls: no address of apprise; write SCHEME://…, such as ",
        ),
        (
            route("alertmanagers", f"tcp://{TOKEN}@am:9093"),
            "p.yaml:4: notify.routes.oncall.alertmanagers: no address of HTTP; write http://HOST:PORT or https://HOST",
        ),
        (
            route("alertmanagers", f"http://{TOKEN}@am:port"),
            "p.yaml:4: notify.routes.oncall.alertmanagers: no address of HTTP; write http://HOST:PORT or https://HOST",
        ),
        (
            "notify:\n  allow_private: [10.1.2.3/16]\n",
            "p.yaml:2: notify.allow_private: '10.1.2.3/16' is neither a host nor a network; write alerts.example.org, "
            "10.1.2.3 or 10.1.0.0/16",
        ),
        (
            "notify:\n  board: board.example.org\n",
            "p.yaml:2: notify.board: no address of HTTP; write http://HOST:PORT or https://HOST",
        ),
    ],
)
def test_what_is_refused_has_its_line_and_remedy(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse(text, "p.yaml")
    [problem] = refused.value.problems
    assert str(problem).startswith(said)
    assert TOKEN not in str(problem)


@pytest.mark.parametrize("address", ["env:SLACK_URL", "file:/run/secrets/url", "slack://a/b/c", "MAILTOS://u:p@h"])
def test_references_and_allowed_schemes_are_taken(address: str) -> None:
    assert parse(route("urls", address), "p.yaml").notify.routes["oncall"].urls == (address,)


@pytest.mark.parametrize(
    "scheme", ["file", "syslog", "dbus", "qt", "glib", "kde", "gnome", "macosx", "windows", "exec"]
)
def test_what_reaches_into_this_machine_is_not_on_the_list(scheme: str) -> None:
    assert scheme not in SCHEMES
