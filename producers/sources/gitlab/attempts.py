"""Which attempt of a pipeline an event speaks of. Pure.

GitLab numbers no attempts: a pipeline that is retried keeps its id and goes back to running, and the jobs that are run
again are made anew. So an attempt is known by when its jobs were made: it is 1 where all were made with the pipeline,
else the second since 1970 in which the newest was. That number is told by each event alone, whatever came before it
and in whichever order; no two attempts share it, for every retry makes a job, and those of a job and of its pipeline
agree. What it cannot tell: a job that was retried while the pipeline went on begins an attempt too. A job that is
started by hand after the pipeline's end makes none, so it begins none, and the pipeline's first end stands.
"""

from datetime import datetime, timedelta

from producers.payload import Payload

_MAKING = timedelta(seconds=10)
"""How long GitLab may take to make the jobs of a new pipeline: no job is queued, run and retried within it."""


def attempt_of_run(run: Payload, jobs: list[Payload]) -> int:
    """The attempt of a pipeline that has these jobs: of each name GitLab shows the one made last."""
    newest = max((at for job in jobs if (at := job.optional_moment("created_at"))), default=None)
    return _second(newest) if newest is not None and newest > run.moment("created_at") + _MAKING else 1


def attempt_of_job(job: Payload) -> int:
    """The attempt that a job was made in. Versions that do not count retries tell when the pipeline began: no job that
    was made with it is younger."""
    made_at, retries = job.optional_moment("build_created_at"), job.value.get("retries_count")
    pipeline = job.optional_part("commit")
    if made_at is None:
        return 1
    if retries is not None:
        return _second(made_at) if job.number("retries_count") > 0 else 1
    began_at = pipeline.optional_moment("started_at") if pipeline else None
    return _second(made_at) if began_at is not None and made_at > began_at else 1


def _second(moment: datetime) -> int:
    return max(1, int(moment.timestamp()))
