from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from schemas.alert_rules import Notify
from tests.stream_processors.notifier.world import World


@pytest.fixture
def make_world(kafka: str, tmp_path: Path) -> Iterator[Callable[[Notify], World]]:
    made: list[World] = []

    def make(notify: Notify) -> World:
        made.append(World(kafka, tmp_path, notify))
        return made[-1]

    yield make
    for world in made:
        world.close()
