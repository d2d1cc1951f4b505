"""The thread of one destination: it sends one message at a time, and nothing that it waits for holds up another one."""

import threading
import time
from queue import SimpleQueue

from opentelemetry import propagate, trace

from stream_processors.alerting.wording import message
from stream_processors.failpoints import reached
from stream_processors.notifier.addresses import Allowed
from stream_processors.notifier.destinations import Destination, attempt
from stream_processors.notifier.guard import Passage, passage
from stream_processors.notifier.lanes import Attempt, Waiting

ATTEMPT_SECONDS = 20.0
"""After that an attempt is ended, whatever its endpoint still says, byte by byte."""

BEFORE_SEND = "notifier.before_send"
AFTER_SEND = "notifier.after_send"

tracer = trace.get_tracer(__name__)
Done = SimpleQueue[tuple[str, Attempt]]


class Sender:
    """`start` hands over a message, the queue `done` gives back the destination's name and how it went."""

    def __init__(self, destination: Destination, allowed: Allowed, board: str, done: Done) -> None:
        self._destination = destination
        self._allowed = allowed
        self._board = board
        self._done = done
        self._passage: Passage | None = None
        self._began = 0.0
        self._messages: SimpleQueue[Waiting] = SimpleQueue()
        threading.Thread(target=self._work, name=destination.name, daemon=True).start()

    def start(self, waiting: Waiting) -> None:
        self._began = time.monotonic()
        self._messages.put(waiting)

    def keep_time(self, now: float, limit_s: float = ATTEMPT_SECONDS) -> None:
        """Ends the attempt that runs for longer than `limit_s`."""
        current = self._passage
        if current is not None and now - self._began > limit_s:
            current.cut_off()

    def _work(self) -> None:
        while True:
            waiting = self._messages.get()
            try:
                ended = self._attempt(waiting)
            except Exception as error:  # a defect of ours is one message's failure, not the end of the destination
                ended = Attempt("failed", reason=type(error).__name__)
            self._done.put((self._destination.name, ended))

    def _attempt(self, waiting: Waiting) -> Attempt:
        reached(BEFORE_SEND)
        came_with = propagate.extract(waiting.context or {})
        with (
            tracer.start_as_current_span("notify", came_with, attributes={"destination": self._destination.name}),
            passage(self._allowed, waiting.alert.id) as current,
        ):
            self._passage = current
            try:
                ended = attempt(self._destination, waiting.alert, message(waiting.alert, self._board), current)
            finally:
                self._passage = None
                current.close()
        if ended.outcome == "sent":
            reached(AFTER_SEND)
        return ended
