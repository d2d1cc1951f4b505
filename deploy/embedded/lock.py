"""One supervisor to a data folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class FolderInUse(RuntimeError):
    """Another process holds the data folder; the message is one line."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds `folder` (made if missing) for this process until the block ends or the process does.

    Raises FolderInUse if another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a+", encoding="ascii") as holder:
        try:
            fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            holder.seek(0)
            pid = holder.read().strip() or "unknown"
            raise FolderInUse(
                f"{folder} is in use by process {pid}; stop that one, or choose another folder with --data"
            ) from taken
        holder.truncate(0)
        holder.write(f"{os.getpid()}\n")
        holder.flush()
        yield
        # The file stays: removing it would let two processes each lock a file of that name.
        holder.truncate(0)
