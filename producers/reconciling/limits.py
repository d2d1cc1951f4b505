"""How long a vendor's API asks to be left alone. Pure.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api and
https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/ name the headers.
"""

from collections.abc import Mapping

_UNSAID_S = 60.0
"""Both vendors ask for a minute where they name no time."""
_LATER = frozenset({500, 502, 503, 504})
_LATER_S = 5.0


def pause_before_next(headers: Mapping[str, str], now: float) -> float:
    """Seconds to wait before the next request, where an answer says that it was the last one allowed for now.

    `headers` have lower-case names; `now` is the time in seconds since 1970.
    """
    for prefix in ("x-ratelimit-", "ratelimit-"):
        if headers.get(f"{prefix}remaining", "").strip() == "0":
            return _until(headers.get(f"{prefix}reset"), now) or 0.0
    return 0.0


def pause_before_again(status: int, headers: Mapping[str, str], now: float) -> float | None:
    """Seconds to wait before the same request is made again; None where that would change nothing."""
    asked = headers.get("retry-after", "").strip()
    exhausted = any(headers.get(f"{prefix}remaining", "").strip() == "0" for prefix in ("x-ratelimit-", "ratelimit-"))
    if status == 429 or (status == 403 and (asked or exhausted)):
        if _is_number(asked):
            return float(asked)
        return max(pause_before_next(headers, now), 0.0) or _UNSAID_S
    if status in _LATER:
        return float(asked) if _is_number(asked) else _LATER_S
    return None


def _until(reset: str | None, now: float) -> float | None:
    return max(0.0, float(reset) - now) + 1 if reset and _is_number(reset.strip()) else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 12
