"""One stand for all faults."""

from collections.abc import Iterator

import pytest

pytest.register_assert_rewrite("tests.faults.oracle", "tests.faults.obligations")

from tests.faults.stand import Stand  # noqa: E402  # what it imports is to say what was wrong


@pytest.fixture(scope="package")
def _stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    stand = Stand(tmp_path_factory.mktemp("stand"))
    try:
        stand.start()
        yield stand
    finally:
        stand.stop()


@pytest.fixture
def stand(_stand: Stand) -> Stand:
    """The stand, every part of it alive."""
    _stand.mend()
    return _stand
