from tests.engines import clickhouse, kafka
from tests.stream_processors.storing import make_world, world

__all__ = ["clickhouse", "kafka", "make_world", "world"]
