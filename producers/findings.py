"""A finding counted by its severity: once while it is open, and not after. Pure."""

from typing import TypedDict


class Counts(TypedDict):
    """The counts of FindingsReported."""

    critical: int
    high: int
    medium: int
    low: int
    other: int


def counted(severity: str | None, is_open: bool) -> Counts:
    """The counts of one finding; a severity that is none of the four, or none at all, is `other`."""
    counts = Counts(critical=0, high=0, medium=0, low=0, other=0)
    if not is_open:
        return counts
    match severity:
        case "critical" | "high" | "medium" | "low":
            counts[severity] = 1
        case _:
            counts["other"] = 1
    return counts
