"""The keys under which a record remembers what was ever observed of it."""

_SEPARATOR = "\x1f"
_ESCAPED = "\x00"  # no Name may hold it (schemas.model)


def said_key(metric: str, part: str, subject: str) -> str:
    """The key of one observation of a record."""
    return _SEPARATOR.join(name.replace(_SEPARATOR, _ESCAPED) for name in (metric, part, subject))


def parts_of(key: str) -> tuple[str, str, str]:
    """Metric, part and subject of a key."""
    metric, *part, subject = key.split(_SEPARATOR)  # of before names were escaped, a part may be in pieces
    return metric, _SEPARATOR.join(part).replace(_ESCAPED, _SEPARATOR), subject.replace(_ESCAPED, _SEPARATOR)


def subject_of(key: str) -> str:
    """The subject of a key."""
    return parts_of(key)[2]
