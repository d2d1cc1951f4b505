"""Rewrites the statements of a migration for a cluster: ON CLUSTER, and Replicated engines."""

import re

from clickhouse_migrations.migrator import split_statement_tokens

_NAME = r"(?:`[^`]+`|[\w.]+)"
_HEAD = re.compile(
    rf"^(?P<head>\s*(?:CREATE\s+(?:TABLE|VIEW|MATERIALIZED\s+VIEW|DICTIONARY|FUNCTION)|ALTER\s+TABLE|TRUNCATE\s+TABLE|"
    rf"DROP\s+(?:TABLE|VIEW|DICTIONARY|FUNCTION)|OPTIMIZE\s+TABLE)\s+(?:IF\s+(?:NOT\s+)?EXISTS\s+)?{_NAME})",
    re.IGNORECASE,
)
_ENGINE = re.compile(r"\bENGINE\s*=\s*(?!Replicated)(?P<name>\w*MergeTree)\b", re.IGNORECASE)


def for_cluster(script: str, cluster: str) -> str:
    """`script` for `cluster`: each definition ON CLUSTER, each MergeTree engine Replicated. Comments are left out.

    Raises ValueError for a statement that it does not know how to run on a cluster.
    """
    statements = (
        "".join(token.text for token in tokens if token.kind not in ("line_comment", "block_comment"))
        for tokens in split_statement_tokens(script)
    )
    return "".join(f"{_statement(statement, cluster)};\n" for statement in statements)


def _statement(statement: str, cluster: str) -> str:
    text, count = _HEAD.subn(rf"\g<head> ON CLUSTER `{cluster}`", statement.strip(), count=1)
    if count == 0:
        raise ValueError(f"{statement.strip().splitlines()[0]!r} has no ON CLUSTER form; write it as a definition")
    return _ENGINE.sub(r"ENGINE = Replicated\g<name>", text)
