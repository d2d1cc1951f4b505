"""Who did it, from the one name that a tool tells. Pure."""

from producers.personal import is_bot
from schemas.events import Actor


def actor_named(name: str | None) -> Actor | None:
    """The actor of a login, name or e-mail address; None where there is none."""
    return Actor(id=name, kind="bot" if is_bot(name) else "human") if name else None
