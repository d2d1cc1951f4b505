import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

from deploy.status import StatusServer


def get(port: int, path: str) -> tuple[int, Any]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:  # 503 is an answer too
        return error.code, json.load(error)


def test_status_tells_the_version_and_what_the_process_says() -> None:
    with StatusServer("127.0.0.1:0", lambda: {"lag": {"events": 3}}, lambda: True) as server:
        code, said = get(server.port, "/status")
    assert code == 200
    assert said["lag"] == {"events": 3}
    assert isinstance(said["version"], str)


def test_ready_is_503_until_the_process_is() -> None:
    ready: list[bool] = []
    with StatusServer("127.0.0.1:0", dict, lambda: bool(ready)) as server:
        assert get(server.port, "/health/ready") == (503, {"ready": False})
        assert get(server.port, "/health/live") == (200, {"live": True})
        ready.append(True)
        assert get(server.port, "/health/ready") == (200, {"ready": True})
        assert get(server.port, "/elsewhere")[0] == 404


def test_a_status_that_fails_is_500_and_the_next_question_is_answered() -> None:
    answers: Iterator[Any] = iter([RuntimeError("gone"), {"dirty": 0}])

    def status() -> dict[str, Any]:
        answer: dict[str, Any] | Exception = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    with StatusServer("127.0.0.1:0", status, lambda: True) as server:
        assert get(server.port, "/status") == (500, {"error": "RuntimeError"})
        assert get(server.port, "/status")[1]["dirty"] == 0


def test_the_port_is_free_again_afterwards() -> None:
    with StatusServer("127.0.0.1:0", dict, lambda: True) as server:
        port = server.port
    with StatusServer(f"127.0.0.1:{port}", dict, lambda: True) as server:
        assert server.port == port
