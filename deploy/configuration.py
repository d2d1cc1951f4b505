"""Reads pipegauge.yaml and the secrets that it refers to."""

import os
from pathlib import Path

from deploy.redaction import keep_secret
from schemas.config import Config
from schemas.config_text import ConfigError, Problem, parse, problem_at
from stream_processors.alerting.faults import metric_faults

DEFAULT_PATH = Path("pipegauge.yaml")


class SecretError(LookupError):
    """A secret that cannot be read: one line naming the variable or file, and what to do."""


def load(path: Path | None) -> Config:
    """The configuration of `path`, else of ./pipegauge.yaml, else the defaults where that is absent.

    Raises schemas.config_text.ConfigError.
    """
    chosen = path or DEFAULT_PATH
    try:
        text = chosen.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        if path is None:
            return Config()
        raise _unreadable(chosen, "no such file", "create it, or name another with --config") from error
    except UnicodeDecodeError as error:  # its position in the file says more than its bytes
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError([Problem(str(chosen), line, "not UTF-8", "save the file as UTF-8")]) from error
    except OSError as error:  # a folder, or no permission
        raise _unreadable(chosen, error.strerror or str(error), "make it readable for this user") from error
    config = parse(text, str(chosen))
    problems = [problem_at(*fault, text, str(chosen)) for fault in metric_faults(config.alerts)]
    if problems:
        raise ConfigError(problems)
    return config


def load_for_senders(path: Path | None) -> Config:
    """As `load`, and each name under `sources:` is one that can be posted to. Raises ConfigError."""
    from producers.opening import faults  # most commands post nothing: they need not load every source

    loaded = load(path)
    wrong = faults(loaded)
    if wrong:
        chosen = path or DEFAULT_PATH
        text = chosen.read_text(encoding="utf-8")
        raise ConfigError([problem_at(*fault, text, str(chosen)) for fault in wrong])
    return loaded


def resolve(reference: str) -> str:
    """The secret that `env:NAME` or `file:PATH` (without its last newline) refers to, else `reference` itself.

    It is masked in every line of the log from then on. Raises SecretError.
    """
    return keep_secret(_resolved(reference))


def _resolved(reference: str) -> str:
    kind, _, name = reference.partition(":")
    if kind == "env":
        value = os.environ.get(name, "")
        if not value:
            raise SecretError(f"the environment variable {name} holds no secret; set it, as in `export {name}=…`")
        return value
    if kind == "file":
        return _secret_of_file(Path(name))
    return reference


def _secret_of_file(path: Path) -> str:
    try:
        value = path.expanduser().read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
    except (OSError, UnicodeDecodeError) as error:  # absent, not readable, or not text: all for the user to repair
        said = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise SecretError(
            f"the secret file {path} cannot be read ({said}); create it readable for this user"
        ) from error
    if not value:
        raise SecretError(f"the secret file {path} is empty; write the secret into it")
    return value


def _unreadable(path: Path, message: str, remedy: str) -> ConfigError:
    return ConfigError([Problem(str(path), 1, message, remedy)])
