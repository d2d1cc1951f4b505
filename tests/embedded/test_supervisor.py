import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.embedded.child import Child, ChildFailed
from deploy.embedded.run import Running, backoff_s
from deploy.embedded.supervisor import Supervisor

FOREVER = "import time; time.sleep(300)"


def python(name: str, code: str, *needs: str, **settings: object) -> Child:
    """A tiny Python child, ready at once unless `ready` is given."""
    settings.setdefault("ready", lambda: True)
    return Child(name, (sys.executable, "-I", "-S", "-c", textwrap.dedent(code)), needs=needs, **settings)  # type: ignore[arg-type]


def eventually(holds: Callable[[], bool], within_s: float = 10) -> None:
    """Fails unless `holds` within its time."""
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "it did not come to hold"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    """Whether a process of this id runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        # Gone.
        return False


class Watched:
    """A supervisor and what it last told of its children."""

    def __init__(self, children: list[Child], logs: Path) -> None:
        self.told: list[tuple[Running, ...]] = []
        self.supervisor = Supervisor(children, logs, self.told.append)

    def now(self, name: str) -> Running:
        return next(child for child in self.told[-1] if child.name == name)

    def pid(self, name: str) -> int:
        pid = self.now(name).pid
        assert pid is not None
        return pid


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Callable[..., Watched]]:
    made: list[Watched] = []

    def make(*children: Child) -> Watched:
        made.append(Watched(list(children), tmp_path / "logs"))
        return made[-1]

    yield make
    for watched in made:
        watched.supervisor.stop()


def test_a_child_starts_only_when_those_it_needs_are_ready(watch: Callable[..., Watched], tmp_path: Path) -> None:
    up = tmp_path / "up"
    base = python("base", f"import time; time.sleep(0.5); open({str(up)!r}, 'w'); {FOREVER}", ready=up.exists)
    user = python("user", f"import os; print(os.path.exists({str(up)!r}), flush=True); {FOREVER}", "base")
    watch(user, base).supervisor.start()
    log = tmp_path / "logs" / "user.log"
    eventually(lambda: log.read_text() == "True\n")


def test_children_without_mutual_need_start_in_parallel(watch: Callable[..., Watched]) -> None:
    began: dict[str, float] = {}

    def ready_after(name: str, seconds: float) -> Callable[[], bool]:
        return lambda: time.monotonic() - began.setdefault(name, time.monotonic()) > seconds

    watched = watch(*(python(name, FOREVER, ready=ready_after(name, 0.6)) for name in ("a", "b", "c")))
    started = time.monotonic()
    watched.supervisor.start()
    assert time.monotonic() - started < 1.5


def test_a_killed_child_comes_back_under_a_new_pid_that_is_told(watch: Callable[..., Watched]) -> None:
    watched = watch(python("worker", FOREVER))
    watched.supervisor.start()
    first = watched.pid("worker")
    os.kill(first, signal.SIGKILL)
    eventually(lambda: watched.now("worker").ready and watched.pid("worker") != first)
    assert watched.now("worker").restarts == 1
    assert is_alive(watched.pid("worker"))


def test_what_a_killed_child_had_started_ends_with_it(watch: Callable[..., Watched], tmp_path: Path) -> None:
    code = f"import os, time; p = os.fork(); p and print(p, flush=True); {FOREVER}"
    watched = watch(python("gateway", code))
    watched.supervisor.start()
    log = tmp_path / "logs" / "gateway.log"
    eventually(lambda: log.read_text().endswith("\n"))
    grandchild = int(log.read_text())
    assert is_alive(grandchild)
    os.kill(watched.pid("gateway"), signal.SIGKILL)
    eventually(lambda: not is_alive(grandchild))


def test_restarts_wait_longer_each_time_up_to_five_seconds() -> None:
    assert [backoff_s(ends) for ends in (1, 2, 3, 4, 5, 6, 7, 5000)] == [0.2, 0.4, 0.8, 1.6, 3.2, 5, 5, 5]


def test_stopping_asks_first_and_goes_against_the_order_of_need(watch: Callable[..., Watched], tmp_path: Path) -> None:
    order = tmp_path / "order"
    order.touch()

    def noting(name: str, *needs: str) -> Child:
        code = f"""
            import signal, sys, time
            def end(*_):
                time.sleep(0.2)
                open({str(order)!r}, "a").write("{name} ")
                sys.exit(0)
            signal.signal(signal.SIGTERM, end)
            open({str(tmp_path / name)!r}, "w")
            time.sleep(300)
        """
        return python(name, code, *needs, ready=(tmp_path / name).exists)

    watched = watch(noting("kafka"), noting("worker", "kafka"), noting("feed", "worker"))
    watched.supervisor.start()
    pids = [child.pid for child in watched.told[-1]]
    watched.supervisor.stop()
    assert order.read_text().split() == ["feed", "worker", "kafka"]
    assert not any(is_alive(pid) for pid in pids if pid)


def test_a_child_that_ignores_sigterm_is_killed_at_its_deadline(watch: Callable[..., Watched], tmp_path: Path) -> None:
    deaf = tmp_path / "deaf"
    code = f"""
        import signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        open({str(deaf)!r}, "w")
        time.sleep(300)
    """
    watched = watch(python("stuck", code, ready=deaf.exists, stop_after_s=1.0))
    watched.supervisor.start()
    pid = watched.pid("stuck")
    began = time.monotonic()
    watched.supervisor.stop()
    assert 0.9 < time.monotonic() - began < 2.5
    assert not is_alive(pid)


def test_a_child_that_never_gets_ready_is_reported_with_the_end_of_its_log(
    watch: Callable[..., Watched], tmp_path: Path
) -> None:
    code = f"print(*range(100), sep='\\n', flush=True); {FOREVER}"
    watched = watch(python("store", code, ready=lambda: False, ready_within_s=0.5), python("other", FOREVER))
    with pytest.raises(ChildFailed) as failed:
        watched.supervisor.start()
    lines = str(failed.value).splitlines()
    assert lines[0] == f"store was not ready within 0.5 s; see {tmp_path / 'logs' / 'store.log'}, which ends:"
    assert [line.strip() for line in lines[1:]] == [str(number) for number in range(85, 100)]
    assert not is_alive(watched.pid("other"))


def test_wrong_use_is_reported_and_not_tried_again(watch: Callable[..., Watched], tmp_path: Path) -> None:
    watched = watch(python("receive", "print('bad port', flush=True); raise SystemExit(2)", ready=lambda: False))
    with pytest.raises(ChildFailed, match=r"receive ended with exit code 2; see .*\n  bad port"):
        watched.supervisor.start()
    assert (tmp_path / "logs" / "receive.log").read_text() == "bad port\n"


def test_wrong_use_after_the_start_ends_the_wait(watch: Callable[..., Watched], tmp_path: Path) -> None:
    go = tmp_path / "go"
    watched = watch(
        python("board", f"import os, time\nwhile not os.path.exists({str(go)!r}): time.sleep(0.02)\nos._exit(2)")
    )
    watched.supervisor.start()
    go.touch()
    with pytest.raises(ChildFailed, match="board ended with exit code 2"):
        watched.supervisor.wait(timeout_s=10)


def test_a_child_that_keeps_ending_before_it_is_ready_is_given_up_after_three_tries(
    watch: Callable[..., Watched], tmp_path: Path
) -> None:
    watched = watch(python("kafka", "print('no', flush=True); raise SystemExit(1)", ready=lambda: False))
    with pytest.raises(ChildFailed, match="kafka ended with exit code 1 at each of 3 starts"):
        watched.supervisor.start()
    assert (tmp_path / "logs" / "kafka.log").read_text() == "no\n" * 3


def test_a_missing_command_is_named(watch: Callable[..., Watched]) -> None:
    watched = watch(Child("java", ("no-such-command",), ready=lambda: False))
    with pytest.raises(ChildFailed, match="cannot run no-such-command: No such file or directory"):
        watched.supervisor.start()


def test_needs_that_cannot_be_met_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\['a', 'b'\]"):
        Supervisor([python("a", FOREVER, "b"), python("b", FOREVER, "a")], tmp_path)


def test_the_log_of_the_former_start_is_kept_beside_the_new_one(watch: Callable[..., Watched], tmp_path: Path) -> None:
    log = tmp_path / "logs" / "store.log"
    for word in ("first", "second", "third"):
        supervisor = watch(python("store", f"print('{word}', flush=True); {FOREVER}")).supervisor
        supervisor.start()
        eventually(lambda word=word: log.read_text() == f"{word}\n")  # type: ignore[misc]
        supervisor.stop()
    assert log.with_name("store.log.1").read_text() == "second\n"


SUPERVISING = """
import sys, time
from pathlib import Path
from deploy.embedded.child import Child
from deploy.embedded.supervisor import Supervisor

def tell(children):
    Path(sys.argv[1], "pids").write_text(" ".join(str(child.pid) for child in children if child.ready))

sleeper = (sys.executable, "-I", "-S", "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(300)")
children = [Child(name, sleeper, lambda: True, stop_after_s=1) for name in "ab"]
with Supervisor(children, Path(sys.argv[1]), tell):
    print("up", flush=True)
    time.sleep(300)
"""


@pytest.fixture
def supervising(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """A process that supervises two children, and their pids."""
    process = subprocess.Popen(
        (sys.executable, "-c", SUPERVISING, str(tmp_path)), stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    while line and line != "up\n":
        line = process.stdout.readline()
    yield process, [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a child's life to its parent's")
def test_children_die_with_a_killed_supervisor(supervising: tuple[subprocess.Popen[str], list[int]]) -> None:
    process, pids = supervising
    assert len(pids) == 2
    assert all(is_alive(pid) for pid in pids)
    process.kill()
    eventually(lambda: not any(is_alive(pid) for pid in pids), within_s=3)


def test_ctrl_c_reaches_only_the_supervisor_which_then_stops_all(
    supervising: tuple[subprocess.Popen[str], list[int]],
) -> None:
    process, pids = supervising
    assert {os.getpgid(pid) for pid in pids} == set(pids)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(timeout=5) != 0
    assert not any(is_alive(pid) for pid in pids)
