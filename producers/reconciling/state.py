"""Where reconciling was: a small file that is written after each step, so that it can be broken off at any time."""

import os
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from producers.reconciling.attempts import Asked
from producers.reconciling.vendor import Part

_FORGOTTEN_AFTER = timedelta(days=8)
"""No vendor knows an older delivery."""


class StateError(Exception):
    """The file cannot be read: one line saying what to do."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AskedFor(_Part):
    """See Asked."""

    id: int
    at: AwareDatetime


class Reading(_Part):
    """A time that is being read: `part` and `cursor` are where to go on."""

    since: AwareDatetime
    until: AwareDatetime
    part: Part = "runs"
    cursor: str | None = None


class Known(_Part):
    """What is known of one repository. `read_until` is up to when everything was read."""

    asked: dict[str, AskedFor] = Field(default_factory=dict)
    reading: Reading | None = None
    read_until: AwareDatetime | None = None

    def asked_for(self) -> dict[str, Asked]:
        """When the vendor was asked for what, by the delivery's key."""
        return {key: Asked(one.id, one.at) for key, one in self.asked.items()}

    def ask(self, key: str, id_: int, now: datetime) -> None:
        """The vendor was asked for one more attempt."""
        self.asked[key] = AskedFor(id=id_, at=now)
        self.asked = {key: one for key, one in self.asked.items() if now - one.at < _FORGOTTEN_AFTER}


class State(_Part):
    """The whole file, by repository."""

    repositories: dict[str, Known] = Field(default_factory=dict)

    def of(self, repository: str) -> Known:
        """What is known of a repository."""
        return self.repositories.setdefault(repository, Known())


def read(path: Path) -> State:
    """What the file says; nothing where there is none. Raises StateError."""
    try:
        return State.model_validate_json(path.read_bytes())
    except FileNotFoundError:  # the first time
        return State()
    except (ValidationError, OSError) as error:
        raise StateError(f"{path} cannot be read ({type(error).__name__}); delete it to begin anew") from error


def write(path: Path, state: State) -> None:
    """Writes the file in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.new")
    with fresh.open("w", encoding="utf-8") as file:
        file.write(state.model_dump_json(indent=1, exclude_defaults=True))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
