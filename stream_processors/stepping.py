"""A coroutine stepped at once: what need not wait needs no task, which costs more than most of what is done in it."""

from collections.abc import Coroutine, Generator
from types import coroutine
from typing import Any

Work = Coroutine[Any, Any, Any]


def stepped(work: Work) -> Work | None:
    """Run `work` up to where it has to wait: the rest of it, to be awaited; None where it has come to its end."""
    try:
        waits_for = work.send(None)
    except StopIteration:  # it has ended
        return None
    return _rest(work, waits_for)


async def _rest(work: Work, waits_for: Any) -> Any:
    return await _resumed(work, waits_for)


@coroutine
def _resumed(work: Work, waits_for: Any) -> Generator[Any, Any, Any]:
    """Wait in the stead of `work`, and let it go on; what is thrown into the waiting is thrown into `work`."""
    try:
        while True:
            try:
                yield waits_for
            except BaseException as error:  # cancelled, as a rule: `work` may have something to put in order
                waits_for = work.throw(error)
            else:
                waits_for = work.send(None)
    except StopIteration as ended:  # so a coroutine returns
        return ended.value
