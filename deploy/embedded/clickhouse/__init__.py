"""Embedded ClickHouse: the chDB engine behind ClickHouse's native TCP protocol, for one machine."""
