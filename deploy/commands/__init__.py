"""The commands, by what they are for. Importing them registers them on deploy.cli.app."""

from deploy.commands import (
    again,
    alerting,
    bring_in,
    grafana,
    look_after,
    processes,
    read,
    reconcile,
    source,
    source_drift,
    stack,
    step,
)

__all__ = [
    "again",
    "alerting",
    "bring_in",
    "grafana",
    "look_after",
    "processes",
    "read",
    "reconcile",
    "source",
    "source_drift",
    "stack",
    "step",
]
