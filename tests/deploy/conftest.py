from tests.engines import clickhouse, kafka

__all__ = ["clickhouse", "kafka"]
