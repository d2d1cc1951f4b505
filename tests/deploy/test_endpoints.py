"""What a data folder remembers of the stack in it."""

from pathlib import Path

from deploy.endpoints import last_origin, note_origin


def test_a_folder_remembers_the_file_of_its_last_start(tmp_path: Path) -> None:
    assert last_origin(tmp_path) is None
    note_origin(tmp_path, tmp_path / "elsewhere" / ".." / "pipegauge.yaml")
    assert last_origin(tmp_path) == (tmp_path / "pipegauge.yaml").resolve()
    note_origin(tmp_path, None)
    assert last_origin(tmp_path) is None
