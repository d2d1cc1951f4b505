"""Applies schemas/clickhouse/NNNN_name.sql, each once, to one server or to a cluster.

Two migrators at once are harmless, because every statement says IF NOT EXISTS or the like and the list of applied
files is read by distinct version. A lock would need Keeper, which one server does not have.
"""

from collections.abc import Callable
from pathlib import Path

from clickhouse_driver.errors import Error as ClickHouseError
from clickhouse_migrations.clickhouse_cluster import ClickhouseCluster
from clickhouse_migrations.exceptions import MigrationException
from clickhouse_migrations.migration import Migration, MigrationStorage

import schemas
from deploy.migration_text import for_cluster
from schemas.config import Config
from schemas.connections import client_arguments

FOLDER = Path(schemas.__file__).parent / "clickhouse"
STATEMENT_SECONDS = 300
"""ON CLUSTER waits for every replica."""


class MigrationError(RuntimeError):
    """Migrations that cannot be applied: one line saying what to do."""


def migrate(config: Config, resolve: Callable[[str], str], folder: Path = FOLDER) -> list[str]:
    """Applies what was not applied yet, in order, and makes the database first; the names of the files applied.

    Raises MigrationError, also where a file was changed after it had been applied.
    """
    connection = config.connections.clickhouse
    arguments = client_arguments(connection, resolve(connection.password))
    arguments["send_receive_timeout"] = STATEMENT_SECONDS
    storage = MigrationStorage(folder)
    names = storage.migration_filenames()
    try:
        applied = _cluster(arguments).apply_migrations(
            connection.database,
            [_adapted(migration, connection.cluster) for migration in storage.migrations()],
            cluster_name=connection.cluster,
        )
    except MigrationException as error:
        raise MigrationError(f"{error} Restore the file as it was and write the change as a new one.") from error
    except (ClickHouseError, OSError, EOFError) as error:  # EOFError: the server closed the connection
        where = f"ClickHouse at {connection.host}:{connection.port}"
        said = str(error).split("Stack trace")[0].strip().replace("\n", " ")
        raise MigrationError(
            f"{where} did not migrate: {said}; repair that and run `pipegauge migrate` again"
        ) from error
    return [names[migration.version].removesuffix(".sql") for migration in applied]


def _cluster(arguments: dict[str, object]) -> ClickhouseCluster:
    renamed = {"host": "db_host", "port": "db_port", "user": "db_user", "password": "db_password"}
    others = {name: value for name, value in arguments.items() if name not in renamed and name != "database"}
    return ClickhouseCluster(**{new: arguments[old] for old, new in renamed.items()}, **others)


def _adapted(migration: Migration, cluster: str | None) -> Migration:
    """The checksum stays that of the file: one server may become a cluster later."""
    return migration if cluster is None else migration._replace(script=for_cluster(migration.script, cluster))
