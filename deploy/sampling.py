"""Which traces are recorded: a share of the deliveries, and everything that becomes of those."""

from opentelemetry.sdk.trace.sampling import ALWAYS_ON, ParentBased, Sampler, TraceIdRatioBased

from schemas.instruments import Process


def sampler(process: Process, share: float) -> Sampler:
    """The sampler of a process: the gateway decides, the others make spans only for what is recorded already.

    A sender's own `traceparent` does not raise the share: anybody could make the gateway record everything.
    """
    if process != "gateway":
        return ParentBased(ALWAYS_ON)
    by_share = TraceIdRatioBased(share)
    return ParentBased(by_share, remote_parent_sampled=by_share)
