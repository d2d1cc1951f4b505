"""One broker and one gateway for what does not break them; the tests of faults start their own gateway."""

from collections.abc import Iterator

import pytest

from tests.producers.gateway.broker import FragileBroker
from tests.producers.gateway.process import GatewayProcess, Topics, start_gateway


@pytest.fixture(scope="package")
def gateway(kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    """A gateway that nobody breaks, with a body deadline of one second."""
    started = start_gateway(tmp_path_factory.mktemp("gateway"), kafka, body_deadline="1s")
    yield started
    assert started.end() == 0, started.log.read_text()


@pytest.fixture
def topics(kafka: str) -> Iterator[Topics]:
    """What the test publishes."""
    topics = Topics(kafka)
    yield topics
    topics.close()


@pytest.fixture(scope="package")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FragileBroker]:
    """A broker of our own: other tests must not notice that it is killed."""
    broker = FragileBroker(tmp_path_factory.mktemp("kafka"))
    yield broker
    broker.kill()


@pytest.fixture(scope="package")
def kafka(broker: FragileBroker) -> str:
    """The broker's address."""
    return broker.address
