"""ClickHouse as the board uses it: read-only, bounded in time, one client a thread."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from math import isfinite
from typing import Any
from uuid import UUID

from clickhouse_driver import Client
from clickhouse_driver.errors import Error, ServerException

TIMEOUT_SECONDS = 15
_TOO_SLOW = 159
# readonly = 2 and not 1: a user whose profile has 1 may set nothing, one whose profile has 2 may repeat these.
_BOUNDS = f"\nSETTINGS readonly = 2, max_execution_time = {TIMEOUT_SECONDS}, max_result_rows = 10000"

Cell = str | int | float | bool | None


class QueryError(Exception):
    """ClickHouse refused the query, did not finish it in time, or could not be reached; `status` is HTTP's."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Result:
    """Columns with their ClickHouse types, and rows in JSON's values: moments are milliseconds since 1970."""

    columns: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[Cell]]


class Database:
    """Runs single SELECTs without a FORMAT or SETTINGS of their own on ClickHouse, from any thread."""

    def __init__(self, connect: Callable[[], Client]) -> None:
        self._connect = connect
        self._threads = threading.local()

    def query(self, sql: str) -> Result:
        """The result of a query. Raises QueryError."""
        if not hasattr(self._threads, "client"):
            self._threads.client = self._connect()
        try:
            columns, *rows = self._threads.client.execute_iter(sql + _BOUNDS, with_column_types=True)
        except ServerException as error:
            # What ClickHouse says fits the panel that asked; its stack trace does not.
            text = str(error.message).split("Stack trace:")[0].strip()
            if error.code == _TOO_SLOW:
                raise QueryError(f"no answer within {TIMEOUT_SECONDS} s; choose a shorter range", 504) from error
            raise QueryError(text, 502) from error
        except (Error, EOFError, OSError) as error:
            # The server is away or the connection broke: the client connects anew with the next query.
            self._threads.client.disconnect()
            raise QueryError(f"ClickHouse cannot be reached: {error}", 503) from error
        return Result(columns, [[_cell(value) for value in row] for row in rows])


def _cell(value: Any) -> Cell:
    match value:
        case datetime():
            return round((value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp() * 1_000)
        case date() | UUID():
            return str(value)
        case float():
            return value if isfinite(value) else None
        case str() | int() | None:
            return value
        case _:
            return str(value)
