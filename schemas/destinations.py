"""Which addresses of apprise and of Alertmanager may stand in `notify:`, and how a destination is called in public.

The list holds services that are reached by HTTP or SMTP alone. What writes files, runs programs or talks to this
machine's desktop, log or buses is not on it, and never will be.
"""

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from urllib.parse import urlsplit

WEBHOOKS = ("json", "jsons", "form", "forms", "xml", "xmls")
MAIL = ("mailto", "mailtos", "mailgun", "sendgrid", "ses")
CHAT = (
    *("slack", "discord", "workflow", "workflows", "tgram", "gchat", "webex", "wxteams", "zulip", "guilded"),
    *("mmost", "mmosts", "rocket", "rockets", "ntfy", "ntfys", "gotify", "gotifys", "pover"),
)
ON_CALL = (
    *("pagerduty", "opsgenie", "splunk", "victorops", "signl4", "pagertree", "squadcast", "incidentio"),
    *("firehydrant", "goalert", "ilert", "spike", "betterstack", "sns", "twilio"),
)
RELAYS = ("apprise", "apprises")
SCHEMES = frozenset((*WEBHOOKS, *MAIL, *CHAT, *ON_CALL, *RELAYS))
ALERTMANAGER = "alertmanager"

_INSTEAD = {
    "http": "json://HOST/PATH for a webhook, or the service's own scheme",
    "https": "jsons://HOST/PATH for a webhook, or the service's own scheme, such as slack:// or workflows://",
    "msteams": "workflows://, which has replaced it at Microsoft",
}
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9])?)*", re.IGNORECASE)


def is_reference(text: str) -> bool:
    """Whether `text` only says where the secret is."""
    return text.startswith(("env:", "file:"))


def scheme_of(url: str) -> str:
    """The scheme of an address of apprise. Raises ValueError, without the address, where it is not allowed."""
    match = _SCHEME.match(url)
    if match is None:
        raise ValueError("no address of apprise; write SCHEME://…, such as slack://TOKEN_A/TOKEN_B/TOKEN_C")
    scheme = match[1].lower()
    if scheme not in SCHEMES:
        instead = _INSTEAD.get(scheme, f"one of {', '.join(sorted(SCHEMES))}")
        raise ValueError(f"{scheme}:// is not allowed; use {instead}")
    return scheme


def check_http(url: str) -> None:
    """Raises ValueError, without the address, unless `url` is one of HTTP with a host, and no query."""
    try:
        parts = urlsplit(url)
        is_sound = parts.scheme in ("http", "https") and parts.hostname and not parts.query and not parts.fragment
        is_sound = is_sound and parts.port != 0
    except ValueError:  # a port that is no number, half an IPv6 address
        is_sound = False
    if not is_sound:
        raise ValueError("no address of HTTP; write http://HOST:PORT or https://HOST")


def network_of(text: str) -> IPv4Network | IPv6Network | None:
    """The network or single address that `text` names; None where it is a host's name.

    Raises ValueError where it is neither.
    """
    try:
        return ip_network(text)
    except ValueError as error:  # a name, or a network with bits beyond its mask
        if "/" in text or not _HOST.fullmatch(text):
            raise ValueError(
                f"{text!r} is neither a host nor a network; write alerts.example.org, 10.1.2.3 or 10.1.0.0/16"
            ) from error
        return None


def destination_name(route: str, kind: str, number: int) -> str:
    """How a destination is called in logs, status and topics: its address, which may carry a token, stands nowhere."""
    return f"{route}/{kind}-{number}"
