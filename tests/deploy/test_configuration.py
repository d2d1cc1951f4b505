from pathlib import Path

import pytest

from deploy.configuration import SecretError, load, resolve
from schemas.config import Config
from schemas.config_text import ConfigError


def test_the_default_file_may_be_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(None) == Config()
    Path("pipegauge.yaml").write_text("data: elsewhere\n")
    assert load(None).data == Path("elsewhere")


def test_a_named_file_must_be_there_and_be_text(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml:1: no such file; create it"):
        load(tmp_path / "none.yaml")
    (tmp_path / "p.yaml").write_bytes(b"data: x\nsalt: \xff\n")
    with pytest.raises(ConfigError, match=r"p\.yaml:2: not UTF-8"):
        load(tmp_path / "p.yaml")
    with pytest.raises(ConfigError, match="Is a directory"):
        load(tmp_path)


def test_a_secret_comes_from_the_environment_a_file_or_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET", "one")
    (tmp_path / "secret").write_text(" two \n")
    assert resolve("env:A_SECRET") == "one"
    assert resolve(f"file:{tmp_path}/secret") == " two "
    assert resolve("three:3") == "three:3"


def test_a_missing_secret_is_named_with_its_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SECRET", raising=False)
    (tmp_path / "empty").write_text("\n")
    with pytest.raises(SecretError, match="variable NO_SECRET holds no secret; set it"):
        resolve("env:NO_SECRET")
    with pytest.raises(SecretError, match=r"/none cannot be read \(No such file or directory\); create it"):
        resolve(f"file:{tmp_path}/none")
    with pytest.raises(SecretError, match="is empty; write the secret into it"):
        resolve(f"file:{tmp_path}/empty")
