"""Sums of observations: integers that add and subtract exactly."""

from dataclasses import dataclass, field

from schemas.metrics import Aggregate
from stream_processors.histogram import bucket_of
from stream_processors.metric import Kind


@dataclass(slots=True)
class Sums:
    """Counts and totals of a slot or a window; the fields are those of schemas.metrics.Aggregate."""

    count: int = 0
    linked: int = 0
    weight: int = 0
    total: int = 0
    histogram: dict[int, int] = field(default_factory=dict)

    def add(self, other: "Sums", sign: int = 1) -> None:
        """Add, or with `sign` −1 subtract, another sum."""
        self.count += sign * other.count
        self.linked += sign * other.linked
        self.weight += sign * other.weight
        self.total += sign * other.total
        for bucket, count in other.histogram.items():
            left = self.histogram.get(bucket, 0) + sign * count
            if left:
                self.histogram[bucket] = left
            else:
                self.histogram.pop(bucket, None)

    def frozen(self) -> Aggregate:
        """The record that travels."""
        return Aggregate.model_construct(
            count=self.count, linked=self.linked, weight=self.weight, total=self.total, histogram=dict(self.histogram)
        )


def sums_of(kind: Kind, value: int, weight: int, linked: bool) -> Sums:
    """The sum of one observation."""
    histogram = {bucket_of(value): 1} if kind == "duration" and weight else {}
    return Sums(1, int(linked), weight, value, histogram)


def sums_of_aggregate(aggregate: Aggregate) -> Sums:
    """The sum that `Sums.frozen` froze."""
    return Sums(aggregate.count, aggregate.linked, aggregate.weight, aggregate.total, dict(aggregate.histogram))
