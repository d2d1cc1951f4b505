"""What is nobody's business in a delivery: tokens, keys, passwords in addresses, e-mail addresses. Pure.

It is masked after the signature was checked and before the mapping reads: what is stored gives the same events again,
and masking it twice changes nothing. An e-mail address becomes the hash that a personal value becomes, so that two of
them stay two; so does what stands under a key such as `password`. A payload is looked over once, as bytes; only where
something may be found are its texts gone through.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from producers.personal import hashed
from schemas.deliveries import Headers
from schemas.redact import Kind, Redact, compiled_pattern, prefix_of

MASK = "***"
SECRET_KEYS = (
    *("access_token", "api_key", "apikey", "auth_token", "authorization", "client_secret", "passwd", "password"),
    *("private_key", "private_token", "refresh_token", "secret", "secret_key", "token", "webhook_secret"),
)
_KEY_PATHS = tuple(f"**.{key}" for key in SECRET_KEYS)


@dataclass(frozen=True)
class _Rule:
    """`hint` is a text without which nothing is to be masked, `spot` finds what may be in JSON, `mend` masks a text."""

    kind: Kind | None
    hint: str
    spot: re.Pattern[bytes] | None
    mend: Callable[[str, bytes], str]

    def may_be_in(self, payload: bytes) -> bool:
        return self.spot.search(payload) is not None if self.spot else self.hint.encode() in payload


def _masking(pattern: re.Pattern[str], by: str = MASK) -> Callable[[str, bytes], str]:
    return lambda text, _salt: pattern.sub(by, text)


_BEFORE = r"(?<![A-Za-z0-9])"
_UNDERSCORED = (
    *("ghp", "gho", "ghu", "ghs", "ghr", "github_pat", "npm", "sk_live", "rk_live", "sk_test", "rk_test", "lin_api"),
    *("glsa", "glc", "sqp", "squ", "sqa", "dop_v1", "sntrys", "sntryu", "shpat", "dckr_pat", "whsec"),
)
_HYPHENED = (
    *("glpat", "gldt", "glrt", "glptt", "glcbt", "glft", "glsoat", "glimt", "glagent", "gloas", "glffct"),
    *("sk-proj", "sk-ant", "xoxb", "xoxp", "xoxa", "xoxe", "xoxr", "xoxs", "xapp-1", "xkeysib"),
)
_UNDERSCORED_TOKEN = (
    rf"{_BEFORE}(?:dckr_pat_[A-Za-z0-9_-]{{20,}}|whsec_[A-Za-z0-9+/=]{{20,}}"
    rf"|(?:{'|'.join(_UNDERSCORED[:-2])})_[A-Za-z0-9]{{20}}[A-Za-z0-9_=-]*)"
)
_HYPHENED_TOKEN = rf"{_BEFORE}(?:(?:{'|'.join(_HYPHENED)})-[A-Za-z0-9_.-]{{16,}}|pypi-AgE[A-Za-z0-9_-]{{16,}})"
_AMAZON_AND_OTHERS = rf"{_BEFORE}(?:A[KS]IA[A-Z0-9]{{16}}(?![A-Za-z0-9])|A(?:Iza|TATT3|TBB)[A-Za-z0-9_=-]{{20,}}+)"
_JSON_WEB_TOKEN = r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}+\.[A-Za-z0-9_-]{8,}+(?:\.[A-Za-z0-9_-]*+)?"
_BEARER = r"([Bb]earer) (?=[A-Za-z._~+/-]*[0-9])[A-Za-z0-9._~+/-]{20,}=*"
_KEY_BLOCK = r"-----BEGIN[ A-Z]{0,40}PRIVATE KEY-----(?:[^-\"<>]|-(?!----))*+(?:-----END[ A-Z]{0,40}PRIVATE KEY-----)?"
_PARAMETERS = ("token", "secret", "password", "passwd", "api_key", "apikey", "signature", "sig", "auth", "jwt")


def _after(words: Iterable[str], mark: str) -> str:
    return "|".join(f"(?<={word}{mark})" for word in words)


# Each spot begins with a character that is rare in JSON, so that it is found at the speed of memory; what stands before
# it is looked at then. In JSON a line's end is a letter, so that a spot may not ask for what comes before a word.
_TOKENS = (
    _Rule(
        "tokens",
        "_",
        re.compile(rf"_(?<=[a-z0-9]_)(?=[A-Za-z0-9_+/=-]{{20}})(?:{_after(_UNDERSCORED, '_')})".encode()),
        _masking(re.compile(_UNDERSCORED_TOKEN)),
    ),
    _Rule(
        "tokens",
        "-",
        re.compile(rf"-(?<=[a-z0-9]-)(?=[A-Za-z0-9_.-]{{16}})(?:{_after((*_HYPHENED, 'pypi'), '-')})".encode()),
        _masking(re.compile(_HYPHENED_TOKEN)),
    ),
    _Rule(
        "tokens",
        "A",
        re.compile(rb"A(?:KIA|SIA|Iza|TATT3|TBB)[A-Za-z0-9_-]{16}"),
        _masking(re.compile(_AMAZON_AND_OTHERS)),
    ),
    _Rule("tokens", "eyJ", re.compile(rb"J(?<=eyJ)[A-Za-z0-9_-]{8}"), _masking(re.compile(_JSON_WEB_TOKEN))),
    _Rule(
        "tokens",
        "earer ",
        re.compile(rb" (?<=earer )[A-Za-z0-9._~+/-]{20}"),
        _masking(re.compile(_BEARER), rf"\1 {MASK}"),
    ),
    _Rule("tokens", "PRIVATE KEY-----", re.compile(rb"K(?=EY-----)"), _masking(re.compile(_KEY_BLOCK))),
    _Rule("tokens", "hvs.", re.compile(rb"v(?<=hv)s\."), _masking(re.compile(rf"{_BEFORE}hvs\.[A-Za-z0-9_-]{{24,}}"))),
)
_USER_INFO = re.compile(r"(://)[^\s/?#\"'<>@:]*+:[^\s/?#\"'<>@]++@(?=[A-Za-z0-9\[])")
_QUERY = re.compile(rf"(?i)([?&;#][\w.-]{{0,40}}?(?:{'|'.join(_PARAMETERS)})=)[^&\s#\"'<>]++")
_ADDRESSES = (
    _Rule("addresses", "://", re.compile(rb"@(?<!git@)[A-Za-z0-9\[]"), _masking(_USER_INFO, rf"\1{MASK}@")),
    _Rule(
        "addresses",
        "=",
        re.compile(rf"(?i:=(?<=[a-z]=)(?=[^&\"])(?:{_after(_PARAMETERS, '=')}))".encode()),
        _masking(_QUERY, rf"\1{MASK}"),
    ),
)

# `git@host:path` is where a repository is, and `name@1.2` a package. What comes before the @ is looked for from there:
# a pattern that began with it would go over a long word again from each of its characters.
_HOST = re.compile(r"@(?<!git@)(?!\d++\.\d)[\w-]++(?:\.[\w-]++)++(?<=[^\W\d_]{2})(?!:[\w/~])")
_LONGEST_LOCAL = 64


def _without_emails(text: str, salt: bytes) -> str:
    parts: list[str] = []
    begun = done = 0
    for host in _HOST.finditer(text):
        if (
            parts and host.start() == done
        ):  # a@b.example@c.example is one, or its hash would be taken for the first part
            done = host.end()
            parts[-1] = hashed(text[begun:done], salt)
            continue
        start, first = host.start(), max(done, host.start() - _LONGEST_LOCAL)
        while start > first and (text[start - 1].isalnum() or text[start - 1] in "._%+-"):
            start -= 1
        if (
            start == host.start() or text[max(0, start - 2) : start] == "//"
        ):  # ssh://user@host is no person's address either
            continue
        parts += (text[done:start], hashed(text[start : host.end()], salt))
        begun, done = start, host.end()
    return "".join((*parts, text[done:])) if parts else text


_EMAILS = _Rule("emails", "@", re.compile(rb"@(?<!git@)[A-Za-z0-9\x80-\xff_-]++\."), _without_emails)


class Redaction:
    """What is masked, as the configuration has it."""

    def __init__(self, of: Redact) -> None:
        own = [_Rule(None, prefix_of(one), None, _masking(compiled_pattern(one))) for one in of.patterns]
        known = (*_TOKENS, *_ADDRESSES, _EMAILS)
        self._rules = (*own, *(rule for rule in known if rule.kind not in of.without))
        self.paths = (*(() if "keys" in of.without else _KEY_PATHS), *of.paths)
        """Where texts are hashed whole, as personal values are."""

    def rules_for(self, payload: bytes) -> list[_Rule]:
        """The rules that may find something in JSON; for most payloads there are none."""
        return [rule for rule in self._rules if rule.may_be_in(payload)]

    def text(self, text: str, salt: bytes) -> str:
        """`text` masked."""
        return _mended(text, self._rules, salt)

    def document(self, document: object, payload: bytes, salt: bytes) -> tuple[object, bool]:
        """`document`, whose JSON `payload` is, with its texts masked, in place; and whether any was changed."""
        rules = self.rules_for(payload)
        if not rules:
            return document, False
        whole = [document]
        changed = _mend(whole, rules, salt)
        return whole[0], changed

    def report(self, body: bytes, salt: bytes) -> bytes:
        """The body of a report, masked: its texts where it is JSON, for there a letter may belong to an escape, else as
        the one text that it is."""
        rules = self.rules_for(body)
        if not rules:
            return body
        try:
            whole = [orjson.loads(body)]
        except orjson.JSONDecodeError:  # XML, or lines
            whole = []
        if whole:
            return orjson.dumps(whole[0]) if _mend(whole, rules, salt) else body
        return _mended(body.decode(errors="surrogateescape"), rules, salt).encode(errors="surrogateescape")

    def headers(self, headers: Headers, salt: bytes) -> Headers:
        """Headers with their values masked."""
        rules = self.rules_for("\n".join(headers.values()).encode())
        return {name: _mended(text, rules, salt) for name, text in headers.items()} if rules else headers


_MOST_TURNS = 4  # what stood before a token may be masked after it: then the token is seen in the next turn


def _mended(text: str, rules: Sequence[_Rule], salt: bytes) -> str:
    for _ in range(_MOST_TURNS):
        before = text
        for rule in rules:
            if rule.hint in text:
                text = rule.mend(text, salt)
        if text == before:
            break
    return text


def _mend(document: object, rules: Sequence[_Rule], salt: bytes) -> bool:
    changed = False
    open_: list[object] = [document]
    while open_:
        node = open_.pop()
        if not isinstance(node, dict | list):
            continue
        places: Iterable[tuple[Any, object]] = node.items() if isinstance(node, dict) else enumerate(node)
        for place, value in places:
            if type(value) is str:
                fresh = _mended(value, rules, salt)
                if fresh != value:
                    node[place] = fresh  # a value is replaced, no key is added
                    changed = True
            else:
                open_.append(value)
    return changed


DEFAULT = Redaction(Redact())
"""What is masked where the configuration says nothing of it."""
