import re
from pathlib import Path

import pytest

import schemas
from deploy.migration_text import for_cluster

FILES = sorted((Path(schemas.__file__).parent / "clickhouse").glob("*.sql"))


def test_a_table_becomes_replicated_on_the_cluster() -> None:
    script = "-- why; not\nCREATE TABLE IF NOT EXISTS t (a String DEFAULT '-- ; x')\nENGINE = ReplacingMergeTree(v);"
    assert for_cluster(script, "main") == (
        "CREATE TABLE IF NOT EXISTS t ON CLUSTER `main` (a String DEFAULT '-- ; x')\n"
        "ENGINE = ReplicatedReplacingMergeTree(v);\n"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "ALTER TABLE t ADD COLUMN IF NOT EXISTS a Int8",
            "ALTER TABLE t ON CLUSTER `c` ADD COLUMN IF NOT EXISTS a Int8",
        ),
        ("CREATE VIEW IF NOT EXISTS v AS SELECT 1", "CREATE VIEW IF NOT EXISTS v ON CLUSTER `c` AS SELECT 1"),
        ("DROP TABLE IF EXISTS t", "DROP TABLE IF EXISTS t ON CLUSTER `c`"),
        ("CREATE TABLE t (a Int8) ENGINE = Memory", "CREATE TABLE t ON CLUSTER `c` (a Int8) ENGINE = Memory"),
        (
            "CREATE TABLE t (a Int8) ENGINE = ReplicatedMergeTree ORDER BY a",
            "CREATE TABLE t ON CLUSTER `c` (a Int8) ENGINE = ReplicatedMergeTree ORDER BY a",
        ),
    ],
)
def test_every_kind_of_definition_gets_its_cluster(before: str, after: str) -> None:
    assert for_cluster(before, "c") == after + ";\n"


def test_a_statement_that_is_no_definition_is_refused() -> None:
    with pytest.raises(ValueError, match="has no ON CLUSTER form"):
        for_cluster("INSERT INTO t VALUES (1)", "c")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_migration_can_run_on_a_cluster_and_twice(file: Path) -> None:
    statements = for_cluster(file.read_text(), "main").split(";\n")[:-1]
    for statement in statements:
        assert "ON CLUSTER `main`" in statement
        assert re.search(r"\bIF (NOT )?EXISTS\b", statement), "two migrators at once would fail: write IF NOT EXISTS"
        assert re.search(r"ENGINE = (?!Replicated)\w*MergeTree", statement) is None
