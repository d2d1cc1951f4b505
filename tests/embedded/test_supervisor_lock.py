import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.embedded.lock import FolderInUse, locked

HOLD = "import sys, pathlib; from deploy.embedded.lock import locked\nwith locked(pathlib.Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"  # noqa: E501


def test_a_second_lock_on_a_folder_is_refused_in_one_line_that_names_the_holder(tmp_path: Path) -> None:
    with locked(tmp_path / "data"), pytest.raises(FolderInUse) as refused, locked(tmp_path / "data"):
        pass
    assert str(refused.value) == (
        f"{tmp_path / 'data'} is in use by process {os.getpid()}; stop that one, or choose another folder with --data"
    )


def test_a_folder_is_free_again_after_the_block(tmp_path: Path) -> None:
    for _ in range(2):
        with locked(tmp_path):
            pass


def test_a_killed_holder_frees_the_folder(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        (sys.executable, "-c", HOLD, str(tmp_path)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(FolderInUse, match=f"process {holder.pid};"), locked(tmp_path):
        pass
    holder.kill()
    holder.communicate()
    with locked(tmp_path):
        pass
