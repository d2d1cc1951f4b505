"""The jars of the embedded Kafka broker: fetched once by Maven, or those of an installed Kafka."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

VERSION = "4.1.0"
"""The Kafka version of pom.xml."""

DEFAULT_CACHE = Path(__file__).resolve().parents[2] / ".cache" / f"kafka-{VERSION}"
POM = Path(__file__).with_name("pom.xml")
_FETCH_LIMIT_S = 600
_BROKER_JAR = "kafka_2.13-*.jar"


class KafkaUnavailable(RuntimeError):
    """The embedded broker cannot be provided; the message says what to install or set."""


def fetch_jars(cache: Path = DEFAULT_CACHE, say: Callable[[str], None] = print) -> Path:
    """The folder with the broker's jars: KAFKA_HOME's libs if that is set, else `cache`, which Maven fills once.

    `say` gets a line of progress before and after a fetch. Raises KafkaUnavailable.
    """
    home = os.environ.get("KAFKA_HOME")
    if home:
        return _installed(Path(home) / "libs")
    if not cache.is_dir():
        _fetch(cache, say)
    return cache


def _installed(libs: Path) -> Path:
    if not any(libs.glob(_BROKER_JAR)):
        raise KafkaUnavailable(
            f"KAFKA_HOME has no Kafka broker in {libs}; point it at an unpacked Apache Kafka {VERSION}, or unset it"
        )
    return libs


def _fetch(cache: Path, say: Callable[[str], None]) -> None:
    say(f"Kafka {VERSION}: fetching its jars with Maven (about 45 MB, once) …")
    began = time.monotonic()
    cache.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f"{cache.name}.", dir=cache.parent))
    try:
        _copy_dependencies(partial)
        try:
            partial.rename(cache)
        except OSError:
            # Another start fetched them meanwhile: its copy is as good, ours is removed below.
            if not cache.is_dir():
                raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    megabytes = sum(jar.stat().st_size for jar in cache.iterdir()) / 1e6
    say(f"Kafka {VERSION}: {megabytes:.0f} MB in {time.monotonic() - began:.1f} s, kept in {cache}")


def _copy_dependencies(folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise KafkaUnavailable(
            f"Maven (mvn) is not installed; install it to fetch Kafka, or set KAFKA_HOME to an unpacked Kafka {VERSION}"
        )
    argv = [maven, "-q", "-B", "-f", str(POM), "dependency:copy-dependencies", f"-DoutputDirectory={folder}"]
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_FETCH_LIMIT_S)
    except subprocess.TimeoutExpired as late:
        raise KafkaUnavailable(
            f"Maven did not fetch Kafka within {_FETCH_LIMIT_S} s; check the network and Maven's mirror settings"
        ) from late
    if done.returncode != 0:
        errors = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        raise KafkaUnavailable("Maven could not fetch Kafka; it said:\n" + "\n".join(errors[:5]))
