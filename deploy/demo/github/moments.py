"""A moment: that GitHub sends one delivery, rendered only when it is wanted."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from deploy.demo.github.parts import Body


@dataclass(frozen=True, slots=True)
class Moment:
    """At `at` the delivery `key` of the event `event` happens; `render` makes its body."""

    at: datetime
    event: str
    key: tuple[object, ...]
    render: Callable[[], Body]
