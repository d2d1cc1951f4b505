"""A Grafana in a thread: what the described API does with folders, data sources, dashboards and alert rules.

It answers like the real one where a client could stumble: it adds fields, writes durations its own way, answers a
deletion without a body, never tells a password, knows data sources by uid only.
"""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.grafana.grafana_api import Description, Violation

TOKEN = "glsa_synthetic"
RULES = "/v1/provisioning/alert-rules"
Answer = tuple[int, Any]


@dataclass
class FakeGrafana:
    """Its state, what was asked of it, and how it differs from a healthy one."""

    description: Description | None
    url: str = ""
    version: str = "11.6.0"
    folders: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, Any] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)
    dashboards: dict[str, Any] = field(default_factory=dict)
    rules: dict[str, Any] = field(default_factory=dict)
    right_password: str | None = None
    has_plugin: bool = True
    forbidden: str = ""
    requests: list[tuple[str, str]] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    @property
    def writes(self) -> list[tuple[str, str]]:
        return [(method, path) for method, path in self.requests if method != "GET"]

    def answer(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Answer:
        """Checks the request, does it, checks the answer."""
        self.requests.append((method, path))
        try:
            if self.description is not None:
                self.description.check_request(method, path, body, {name.lower() for name in headers})
            status, told = self._refusal(path, headers) or self._do(method, path, body, headers)
            # Refusals of any operation are described at some of them only, and so is a health that is bad.
            if self.description is not None and status < 400:
                self.description.check_answer(method, path, status, told)
        except Violation as violation:  # the test that asked fails for it at its end
            self.violations.append(str(violation))
            return 400, {"message": str(violation)}
        return status, told

    def _refusal(self, path: str, headers: dict[str, str]) -> Answer | None:
        if path != "/health" and headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, {"message": "Invalid API key"}
        if self.forbidden and path.startswith(self.forbidden):
            return 403, {"message": "You'll need additional permissions to perform this action."}
        return None

    def _do(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Answer:
        uid = path.rpartition("/")[2]
        match method, re.sub(r"/[^/]+$", "/*", path) if path.count("/") > 1 else path:
            case "GET", "/health":
                return 200, {"database": "ok", "version": self.version, "commit": "0"}
            case _, "/folders" | "/folders/*":
                return self._folder(method, uid, body)
            case "POST", "/datasources":
                return self._write_source(body["uid"], body)
            case "GET", "/datasources/uid/*":
                return _found(self.sources.get(uid), "Data source not found")
            case "PUT", "/datasources/uid/*":
                return self._write_source(uid, body)
            case "GET", health if health.startswith("/datasources/uid/"):
                return self._health(path.split("/")[3])
            case "GET", "/dashboards/uid/*":
                return _found(self.dashboards.get(uid), "Dashboard not found")
            case "POST", "/dashboards/*":
                return self._write_dashboard(body)
        return self._rule(method, path, uid, body, headers)

    def _folder(self, method: str, uid: str, body: Any) -> Answer:
        if method == "GET":
            return _found(self.folders.get(uid), "folder not found")
        uid = body.get("uid", uid)
        if method == "POST" and uid in self.folders:
            return 409, {"message": "a folder with the same uid exists"}
        self.folders[uid] = {"id": len(self.folders) + 1, "uid": uid, "title": body["title"], "version": 1}
        return 200, self.folders[uid]

    def _write_source(self, uid: str, body: Any) -> Answer:
        self.passwords |= {uid: body["secureJsonData"]["password"]}
        kept = {name: value for name, value in body.items() if name != "secureJsonData"}
        secrets = dict.fromkeys(body["secureJsonData"], True)
        extra = {"id": 7, "uid": uid, "orgId": 1, "url": "", "readOnly": False, "version": 1}
        self.sources[uid] = {**extra, **kept, "secureJsonFields": secrets}
        return 200, {"id": 7, "name": body["name"], "message": "kept", "datasource": self.sources[uid]}

    def _health(self, uid: str) -> Answer:
        if uid not in self.sources:
            return 404, {"message": "Data source not found"}
        if not self.has_plugin:
            return 404, {"message": "Plugin not found", "messageId": "plugin.notRegistered"}
        if self.right_password not in (None, self.passwords.get(uid)):
            return 400, {"status": "ERROR", "message": "code: 516, message: grafana: Authentication failed"}
        return 200, {"status": "OK", "message": "Data source is working"}

    def _write_dashboard(self, body: Any) -> Answer:
        uid = body["dashboard"]["uid"]
        if body["folderUid"] not in self.folders:
            return 400, {"message": "folder not found"}
        before = self.dashboards.get(uid, {"dashboard": {"version": 0}})
        version = before["dashboard"]["version"] + 1
        kept = {**body["dashboard"], "id": 3, "version": version}
        self.dashboards[uid] = {"dashboard": kept, "meta": {"folderUid": body["folderUid"], "provisioned": False}}
        answer = {"status": "success", "title": uid, "version": version, "id": 3, "uid": uid, "url": f"/d/{uid}"}
        return 200, answer

    def _rule(self, method: str, path: str, uid: str, body: Any, headers: dict[str, str]) -> Answer:
        if method == "GET":
            return 200, list(self.rules.values())
        if method == "DELETE":
            del self.rules[uid]
            return 204, None
        if method == "POST" and body["uid"] in self.rules:
            return 400, {"message": "rule uid is taken"}
        provenance = "" if headers.get("X-Disable-Provenance") == "true" else "api"
        told = {"id": len(self.rules) + 1, "updated": "2026-01-01T00:00:00Z", "provenance": provenance}
        self.rules[body["uid"]] = {**body, **told, "for": _as_grafana_writes(body["for"])}
        return (201 if method == "POST" else 200), self.rules[body["uid"]]


def _found(value: Any, missing: str) -> Answer:
    return (200, value) if value is not None else (404, {"message": missing})


def _as_grafana_writes(text: str) -> str:
    """600s is 10m there, as Prometheus writes durations."""
    seconds, told = int(text.removesuffix("s")), ""
    for size, unit in ((604_800, "w"), (86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")):
        if seconds >= size and (unit != "w" or seconds % size == 0):
            told += f"{seconds // size}{unit}"
            seconds %= size
    return told or "0s"


@contextmanager
def running(grafana: FakeGrafana, prefix: str = "") -> Iterator[FakeGrafana]:
    """The Grafana, served on a free port under `prefix` until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            path = self.path.removeprefix(f"{prefix}/api")
            if path == self.path:
                status, told = 404, {"message": "Not found"}
            else:
                status, told = grafana.answer(self.command, path, body, dict(self.headers))
            payload = b"" if told is None else json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815  # http.server's names

        def log_message(self, format: str, *args: object) -> None:
            pass  # the tests ask for `requests`

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    grafana.url = f"http://127.0.0.1:{server.server_address[1]}{prefix}"
    try:
        yield grafana
    finally:
        server.shutdown()
        server.server_close()
