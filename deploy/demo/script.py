"""How far the demo's story was told: kept beside the data, so that a second start goes on instead of beginning anew."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Self

from pydantic import TypeAdapter

from deploy.demo.story import Session
from schemas.model import Moment, Record


class Script(Record):
    """The arguments of `deliveries` and `truth`, and the moment before which every delivery was answered."""

    seed: int
    start: Moment
    sent_until: Moment
    sessions: tuple[Session, ...] = ()

    def told_until(self, moment: datetime) -> Self:
        """The script after all deliveries before `moment` were answered."""
        return self.model_copy(update={"sent_until": moment})

    def with_session(self, session: Session) -> Self:
        """The script with a session of live work added at its end; it replaces one that began no earlier."""
        earlier = (known for known in self.sessions if known.start < session.start)
        return self.model_copy(update={"sessions": (*earlier, session)})

    def clipped(self, moment: datetime) -> Self:
        """The script without live work that begins at or after `moment`."""
        ended = (replace(session, end=min(session.end, moment)) for session in self.sessions)
        return self.model_copy(update={"sessions": tuple(session for session in ended if session.start < session.end)})


_SCRIPT = TypeAdapter(Script)


def load_script(path: Path, seed: int, start: datetime) -> Script:
    """The script at `path`; where there is none, a new one of `seed` that begins at `start`."""
    if path.exists():
        return _SCRIPT.validate_json(path.read_bytes())
    start = start.replace(microsecond=0)
    return Script(seed=seed, start=start, sent_until=start)


def save_script(path: Path, script: Script) -> None:
    """Writes the script; a kill leaves the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".tmp")
    draft.write_bytes(_SCRIPT.dump_json(script))
    draft.replace(path)
