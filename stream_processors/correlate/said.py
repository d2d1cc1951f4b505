"""The keys under which a record remembers what was ever observed of it."""

_SEPARATOR = "\x1f"


def said_key(metric: str, part: str, subject: str) -> str:
    """The key of one observation of a record."""
    return _SEPARATOR.join((metric, part, subject))


def parts_of(key: str) -> tuple[str, str, str]:
    """Metric, part and subject of a key."""
    metric, part, subject = key.split(_SEPARATOR)
    return metric, part, subject


def subject_of(key: str) -> str:
    """The subject of a key."""
    return parts_of(key)[2]
