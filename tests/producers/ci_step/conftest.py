"""The gateway of the tests of the step."""

from collections.abc import Iterator

import pytest

from tests.producers.ci_step.gateway import Gateway, listening


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with listening() as found:
        yield found
