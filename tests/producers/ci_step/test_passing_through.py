"""What a wrapped command writes, reads, is told and ends with is as if nobody had wrapped it."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from producers import ci_step
from tests.producers.ci_step.gateway import Gateway, environment, step, words_of

PYTHON = sys.executable


def script(text: str) -> tuple[str, ...]:
    """A command that runs Python."""
    return ("--", PYTHON, "-c", text)


@pytest.mark.parametrize("code", [0, 1, 2, 77, 128, 255])
def test_the_exit_code_is_the_command_s(tmp_path: Path, gateway: Gateway, code: int) -> None:
    assert step(tmp_path, gateway.url, "--", "sh", "-c", f"exit {code}").returncode == code
    assert gateway.steps[0]["exit_code"] == code


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV, signal.SIGINT])
def test_a_signal_that_ends_it_is_128_more(tmp_path: Path, gateway: Gateway, number: int) -> None:
    assert step(tmp_path, gateway.url, *script(f"import os; os.kill(os.getpid(), {number})")).returncode in (
        128 + number,
        *((130,) if number == signal.SIGINT else ()),
    )
    assert gateway.steps[0]["exit_code"] == 128 + number
    assert "cancelled" not in gateway.steps[0]


def test_a_command_that_is_not_there_or_no_program_is_told_as_a_shell_tells_it(
    tmp_path: Path, gateway: Gateway
) -> None:
    (tmp_path / "text").write_text("no program")
    missing, text = step(tmp_path, gateway.url, "--", "no-such-command"), step(tmp_path, gateway.url, "--", "./text")
    assert (missing.returncode, text.returncode) == (127, 126)
    assert missing.stderr == b"pipegauge: no-such-command: command not found\n"
    assert [told["not_started"] for told in gateway.steps] == [True, True]


@pytest.mark.parametrize("url_is_set", [True, False])
def test_output_and_input_are_the_same_bytes(tmp_path: Path, gateway: Gateway, url_is_set: bool) -> None:
    noise = bytes(range(256)) * 4_000
    copy = "import sys; data = sys.stdin.buffer.read(); sys.stdout.buffer.write(data); sys.stderr.buffer.write(data)"
    done = subprocess.run(
        words_of(*script(copy)),
        input=noise,
        cwd=tmp_path,
        env=environment(tmp_path, gateway.url if url_is_set else None),
        capture_output=True,
        timeout=20,
    )
    assert done.stdout == noise
    line = b"" if url_is_set else b"pipegauge: PIPEGAUGE_URL is not set: this step is not measured\n"
    assert done.stderr == line + noise


def test_words_of_the_command_are_the_command_s(tmp_path: Path, gateway: Gateway) -> None:
    say = "import sys; print(sys.argv[1:])"
    done = step(tmp_path, gateway.url, "--stage", "s", *script(say), "--stage", "x", "--", "a b", "")
    assert done.stdout == b"['--stage', 'x', '--', 'a b', '']\n"


def test_a_pipe_that_nobody_reads_ends_the_command_as_it_would_alone(tmp_path: Path, gateway: Gateway) -> None:
    line = f"{PYTHON} -I -S {words_of()[3]} -- sh -c 'while :; do echo y; done' | head -n 1"
    where: dict[str, Any] = {"cwd": tmp_path, "env": environment(tmp_path, gateway.url)}
    # An engine that ran in this very process may have blocked the signal, which is inherited.
    unblocked = partial(signal.pthread_sigmask, signal.SIG_UNBLOCK, {signal.SIGPIPE})
    done = subprocess.run(["sh", "-c", line], **where, capture_output=True, timeout=20, preexec_fn=unblocked)
    assert done.stdout == b"y\n"
    assert gateway.steps[0]["signal"] == signal.SIGPIPE


def test_who_reads_the_output_need_not_wait_for_the_delivery(tmp_path: Path, gateway: Gateway) -> None:
    gateway.delay = 1.5
    running = subprocess.Popen(
        words_of("--", "echo", "done"),
        cwd=tmp_path,
        env=environment(tmp_path, gateway.url),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    began = time.monotonic()
    assert running.stdout is not None
    assert running.stdout.read() == b"done\n"
    assert time.monotonic() - began < 1
    assert running.wait(10) == 0


TRAP = """
import os, signal, subprocess, sys, time
told = []
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1):
    signal.signal(number, lambda number, frame: told.append(number))
if sys.argv[1:] != ["inner"]:
    inner = subprocess.Popen([sys.executable, "-c", open(sys.argv[1]).read(), "inner"])
    time.sleep(0.3)
    print("ready", flush=True)
while not told:
    time.sleep(0.01)
time.sleep(0.3)  # a second one would come now
print(sys.argv[1:] == ["inner"], *map(int, told), flush=True)
if sys.argv[1:] != ["inner"]:
    inner.wait()
sys.exit(7)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1])
def test_a_signal_is_passed_on_once_to_the_command_and_its_children(
    tmp_path: Path, gateway: Gateway, number: int
) -> None:
    (tmp_path / "trap.py").write_text(TRAP)
    running = subprocess.Popen(
        words_of("--", PYTHON, "trap.py", "trap.py"),
        cwd=tmp_path,
        env=environment(tmp_path, gateway.url),
        stdout=subprocess.PIPE,
    )
    assert running.stdout is not None
    assert running.stdout.readline() == b"ready\n"
    running.send_signal(number)
    assert sorted(running.stdout.read().splitlines()) == [f"False {number}".encode(), f"True {number}".encode()]
    assert running.wait(10) == 7, "the command chose its exit code"
    assert gateway.steps[0].get("cancelled") == (None if number == signal.SIGUSR1 else True)


def test_a_command_that_the_step_ends_is_cancelled(tmp_path: Path, gateway: Gateway) -> None:
    running = subprocess.Popen(
        words_of("--", "sh", "-c", "echo ready; exec sleep 20"),
        cwd=tmp_path,
        env=environment(tmp_path, gateway.url),
        stdout=subprocess.PIPE,
    )
    assert running.stdout is not None
    assert running.stdout.readline() == b"ready\n"
    running.terminate()
    assert running.wait(10) == 128 + signal.SIGTERM
    assert b'"outcome":"cancelled"' in gateway.taken().records[1].value


@pytest.mark.parametrize("url_is_set", [True, False])
def test_what_was_ignored_stays_ignored(tmp_path: Path, gateway: Gateway, url_is_set: bool) -> None:
    say = "import signal as s; print([s.getsignal(n) == s.SIG_IGN for n in (s.SIGHUP, s.SIGCHLD, s.SIGTERM)])"
    ignoring = (
        "import os, signal, sys\n"
        "for number in (signal.SIGHUP, signal.SIGCHLD): signal.signal(number, signal.SIG_IGN)\n"
        "os.execv(sys.argv[1], sys.argv[1:])"
    )
    done = subprocess.run(
        [PYTHON, "-c", ignoring, *words_of("--", PYTHON, "-c", f"{say}; raise SystemExit(5)")],
        cwd=tmp_path,
        env=environment(tmp_path, gateway.url if url_is_set else None),
        capture_output=True,
        timeout=20,
    )
    assert (done.stdout, done.returncode) == (b"[True, True, False]\n", 5)


def test_where_there_is_no_process_to_be_had_the_command_takes_the_step_s_place(
    tmp_path: Path, gateway: Gateway
) -> None:
    (tmp_path / "full.py").write_text(
        "import os, sys\n"
        f"sys.path.insert(0, {str(Path(ci_step.__file__).parent)!r})\n"
        "import ci_step\n"
        "def fork(): raise BlockingIOError(11, 'Resource temporarily unavailable')\n"
        "os.fork = fork\n"
        "ci_step.leave(ci_step.main(sys.argv[1:]))\n"
    )
    done = subprocess.run(
        [PYTHON, "full.py", "--", "sh", "-c", "kill -USR1 $$ & exit 3"],
        cwd=tmp_path,
        env=environment(tmp_path, gateway.url),
        capture_output=True,
        timeout=20,
    )
    assert done.stderr == b"pipegauge: this step is not measured (Resource temporarily unavailable)\n"
    assert done.returncode in (3, -signal.SIGUSR1), "no signal is held back"


@pytest.mark.parametrize("closed", ["0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"])
def test_closed_streams_stay_closed(tmp_path: Path, gateway: Gateway, closed: str) -> None:
    look = "import os, sys; [os.fstat(n) for n in range(3) if not os.path.exists(f'/proc/self/fd/{n}')]"
    alone = subprocess.run(["sh", "-c", f'{PYTHON} -c "{look}" {closed}'], capture_output=True).returncode
    line = f'{" ".join(words_of("--", PYTHON))} -c "{look}" {closed}'
    done = subprocess.run(
        ["sh", "-c", line], cwd=tmp_path, env=environment(tmp_path, gateway.url), capture_output=True, timeout=20
    )
    assert done.returncode == alone
    assert len(gateway.came) == 1


def test_where_no_process_can_be_made_so_the_command_runs_all_the_same(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delattr(os, "fork")
    assert ci_step.main(["--stage", "s", "--", "sh", "-c", "echo ran; exit 3"]) == 3
    said = capfd.readouterr()
    assert (said.out, said.err) == ("ran\n", "pipegauge: on this system no step is measured\n")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux ends a child with its parent")
def test_a_step_that_is_killed_takes_its_command_along(tmp_path: Path, gateway: Gateway) -> None:
    running = subprocess.Popen(
        words_of("--", "sh", "-c", "echo $$; exec sleep 30"),
        cwd=tmp_path,
        env=environment(tmp_path, gateway.url),
        stdout=subprocess.PIPE,
    )
    assert running.stdout is not None
    command = int(running.stdout.readline())
    running.kill()
    running.wait(10)
    deadline = time.monotonic() + 5
    while Path(f"/proc/{command}/cmdline").exists() and time.monotonic() < deadline:
        if not Path(f"/proc/{command}/cmdline").read_bytes():  # dead, and nobody has asked yet
            break
        time.sleep(0.02)
    assert time.monotonic() < deadline


def in_a_terminal(folder: Path, url: str, *words: str, typed: bytes = b"", after: bytes = b"") -> tuple[bytes, int]:
    """Runs a step in a terminal of its own; what is `typed` after it wrote `after`, what it wrote, how it ended."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execve(sys.executable, words_of(*words), environment(folder, url))
    written, deadline = b"", time.monotonic() + 15
    while time.monotonic() < deadline:
        ready, _, _ = select.select([terminal], [], [], 0.1)
        if ready:
            try:
                some = os.read(terminal, 65_536)
            except OSError:  # a terminal whose last user has gone
                break
            if not some:
                break
            written += some
        if typed and after in written:
            os.write(terminal, typed)
            typed = b""
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    return written, os.waitstatus_to_exitcode(status)


def test_a_terminal_stays_a_terminal_that_the_command_may_read_from(tmp_path: Path, gateway: Gateway) -> None:
    ask = "import os; print([os.isatty(n) for n in range(3)]); print(input('name? ')[::-1])"
    written, code = in_a_terminal(tmp_path, gateway.url, *script(ask), typed=b"abc\n", after=b"name? ")
    assert b"[True, True, True]" in written
    assert b"cba" in written
    assert code == 0


def test_ctrl_c_reaches_the_command_once(tmp_path: Path, gateway: Gateway) -> None:
    (tmp_path / "trap.py").write_text(TRAP)
    written, code = in_a_terminal(
        tmp_path, gateway.url, "--", PYTHON, "trap.py", "trap.py", typed=b"\x03", after=b"ready"
    )
    assert b"False 2\r\n" in written
    assert b"True 2\r\n" in written
    assert code == 7


def test_ctrl_z_stops_both_and_both_go_on_together(tmp_path: Path, gateway: Gateway) -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(tmp_path)
        ask = "print('ready', flush=True); print(input()[::-1])"
        os.execve(sys.executable, words_of(*script(ask)), environment(tmp_path, gateway.url))
    assert b"ready" in os.read(terminal, 4_096)
    time.sleep(0.3)  # until it reads
    os.write(terminal, b"\x1a")
    _, status = os.waitpid(pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)
    os.kill(pid, signal.SIGCONT)
    time.sleep(0.3)
    os.write(terminal, b"abc\n")
    written, deadline = b"", time.monotonic() + 10
    while b"cba" not in written and time.monotonic() < deadline:
        written += os.read(terminal, 4_096)
    assert b"cba" in written
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 0
    assert len(gateway.came) == 1
