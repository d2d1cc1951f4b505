"""How many deliveries of one source are taken in: a bucket of permits that fills with time. Pure."""

import math
from dataclasses import dataclass

from producers.source import Refused
from schemas.config import Quota

_NOTHING = 1e-6  # what sums of fractions are off by


class OverQuota(Refused):
    """The source has sent more than its quota: it is to come again after `retry_after` seconds."""

    status = 429
    title = "Over quota"

    def __init__(self, quota: Quota, wait: float) -> None:
        super().__init__(
            f"{quota.deliveries:,} deliveries in {quota.per} s are this source's quota; send it again later"
        )
        self.retry_after = max(1, math.ceil(wait - _NOTHING))


@dataclass(slots=True)
class Bucket:
    """What a source may still send. `missing` permits were taken and are not back yet, as of `at`, in seconds.

    A full bucket holds the quota's deliveries: so many may come at once. They come back evenly, `deliveries` in `per`
    seconds. What is in the bucket does not change with a quota that is changed.
    """

    missing: float = 0.0
    at: float = 0.0

    def check(self, quota: Quota, now: float) -> None:
        """Raises OverQuota where there is no permit, with the time until there is one."""
        lacking = self._missing(quota, now) + 1 - quota.deliveries
        if lacking > _NOTHING:
            raise OverQuota(quota, lacking * quota.per / quota.deliveries)

    def take(self, quota: Quota, now: float) -> None:
        """Takes a permit. Deliveries that were let in together may take more than there are: the next ones wait."""
        self.missing, self.at = self._missing(quota, now) + 1, max(now, self.at)

    def _missing(self, quota: Quota, now: float) -> float:
        back = max(0.0, now - self.at) * quota.deliveries / quota.per
        return max(0.0, self.missing - back)
