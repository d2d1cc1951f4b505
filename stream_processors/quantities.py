"""Numbers as people read them: 7m 30s, 87.5%. Pure."""

_UNITS = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))


def duration(milliseconds: float) -> str:
    """A duration in its two largest units: 5d 3h, 2h 5m, 10m, 12s, 250ms."""
    if milliseconds < 1000:
        return f"{milliseconds:.0f}ms"
    left = round(milliseconds / 1000)
    parts: list[str] = []
    for unit, seconds in _UNITS:
        count, left = divmod(left, seconds)
        if count or parts:
            parts.append(f"{count}{unit}" if count else "")
    return " ".join(part for part in parts[:2] if part)


def share(ratio: float) -> str:
    """A share of one: 87.5%."""
    return f"{ratio:.1%}"
