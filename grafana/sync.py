"""Writes folder, data source, boards and alert rules into a running Grafana, and changes nothing that is right."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from grafana_api.grafana_api import GrafanaException
from grafana_api.grafana_face import GrafanaFace

from grafana.alerting import UID_PREFIX
from grafana.boards.parts import DATASOURCE_TYPE, DATASOURCE_UID, FOLDER_UID, PLUGIN_VERSION
from grafana.plan import Change, FoundItem, Item, Key, Kind, Plan, plan
from schemas.config import Tls

OLDEST = (11, 6)
TIMEOUT_S = 15
_RULES = "/v1/provisioning/alert-rules"
_EDITABLE = {"X-Disable-Provenance": "true"}
"""Without it Grafana would refuse changes from its own pages and from other clients."""
_PROVISIONED = "Grafana reads it from its provisioning folder"
_ROLES: dict[Kind, str] = {
    "folder": "give its service account the role Editor",
    "dashboard": "give its service account the role Editor, or Edit on the folder",
    "alert rule": "give its service account the role Editor",
    "data source": "it needs the role Admin; or take `reader:` out of connections.grafana and provision the data source"
    " from grafana/provisioning/datasources",
}


class SyncError(RuntimeError):
    """Grafana cannot be brought to what it should be: one line that says what to do."""


@dataclass(frozen=True)
class Target:
    """A Grafana and what is not told to people: the token, and what the data source has to know in secret."""

    url: str
    token: str = field(repr=False)
    tls: Tls | None = None
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


class Grafana:
    """The API by uid. Every failure is a SyncError."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.face = _face(target)

    def check(self) -> None:
        """Raises SyncError where no Grafana answers that is new enough."""
        health = self._call("folder", lambda: self.face.api.GET("/health"))
        version = str(health.get("version", "")) if isinstance(health, dict) else ""
        numbers = tuple(int(part) for part in version.split("-")[0].split(".")[:2] if part.isdecimal())
        if not isinstance(health, dict) or "database" not in health:
            raise SyncError(f"{self.target.url} answers, but not as Grafana does; give Grafana's own address")
        if numbers and numbers < OLDEST:
            raise SyncError(f"Grafana {version} is too old for these boards; update it to 11.6 or later")

    def found(self, desired: Sequence[Item]) -> dict[Key, FoundItem]:
        """What is there of what should be, and all alert rules of ours."""
        there = {item.key: self._get(item) for item in desired if item.kind != "alert rule"}
        rules = self._call("alert rule", lambda: self.face.api.GET(_RULES))
        ours = [rule for rule in rules if _is_ours(rule)]
        found: dict[Key, FoundItem] = {("alert rule", rule["uid"]): FoundItem(rule, _lock(rule)) for rule in ours}
        return found | {key: item for key, item in there.items() if item is not None}

    def _get(self, item: Item) -> FoundItem | None:
        match item.kind:
            case "folder":
                folder = self._or_none("folder", lambda: self.face.folder.get_folder(item.uid))
                return folder and FoundItem(folder)
            case "data source":
                source = self._or_none("data source", lambda: self.face.api.GET(f"/datasources/uid/{item.uid}"))
                return source and FoundItem(source, _PROVISIONED if source.get("readOnly") else "")
            case _:
                board = self._or_none("dashboard", lambda: self.face.dashboard.get_dashboard(item.uid))
                if board is None:
                    return None
                fields = {"dashboard": board["dashboard"], "folderUid": board["meta"].get("folderUid", "")}
                return FoundItem(fields, _PROVISIONED if board["meta"].get("provisioned") else "")

    def apply(self, change: Change) -> None:
        """Makes one change."""
        writers: dict[Kind, Callable[[Change], Any]] = {
            "folder": self._write_folder,
            "data source": self._write_data_source,
            "dashboard": self._write_dashboard,
            "alert rule": self._write_rule,
        }
        self._call(change.kind, lambda: writers[change.kind](change))

    def _write_folder(self, change: Change) -> Any:
        title = _fields(change)["title"]
        if change.action == "create":
            return self.face.folder.create_folder(title, change.uid)
        return self.face.folder.update_folder(change.uid, title, overwrite=True)

    def _write_data_source(self, change: Change) -> Any:
        fields = {name: value for name, value in _fields(change).items() if name != "secureJsonFields"}
        body = {"uid": change.uid, **fields, "secureJsonData": dict(self.target.secrets)}
        if change.action == "create":
            return self.face.datasource.create_datasource(body)
        # Not update_datasource: the library knows numeric ids only, and Grafana 13 has none.
        return self.face.api.PUT(f"/datasources/uid/{change.uid}", json=body)

    def _write_dashboard(self, change: Change) -> Any:
        body = {**_fields(change), "overwrite": True, "message": "pipegauge grafana sync"}
        return self.face.dashboard.update_dashboard(body)

    def _write_rule(self, change: Change) -> Any:
        if change.action == "create":
            return self.face.api.POST(_RULES, json=_fields(change), headers=_EDITABLE)
        if change.action == "update":
            return self.face.api.PUT(f"{_RULES}/{change.uid}", json=_fields(change), headers=_EDITABLE)
        try:
            return self.face.api.DELETE(f"{_RULES}/{change.uid}", headers=_EDITABLE)
        except requests.exceptions.JSONDecodeError:
            return None  # 204 has no body, which the library tries to read all the same

    def data_source_fault(self) -> str:
        """What Grafana says when it tries the data source; '' where all is well. Raises SyncError if it is missing."""
        try:
            answer = self.face.api.GET(f"/datasources/uid/{DATASOURCE_UID}/health")
        except GrafanaException as error:
            told = error.response if isinstance(error.response, dict) else {"message": str(error.response)}
            if "plugin" in str(told.get("messageId", told.get("message"))).lower():
                raise SyncError(_without_plugin()) from error
            if error.status_code == 404:
                raise SyncError(
                    f"Grafana has no data source {DATASOURCE_UID}; provision grafana/provisioning/datasources,"
                    " or name ClickHouse's user in connections.grafana.reader so that it can be written"
                ) from error
            if error.status_code in (401, 403):
                raise self._refused("folder", error) from error
            return str(told.get("message", error.message))
        except (requests.exceptions.RequestException, ValueError) as error:  # ValueError: a body that is not JSON
            raise self._unreachable(error) from error
        return "" if answer.get("status", "OK") == "OK" else str(answer.get("message"))

    def _or_none(self, kind: Kind, ask: Callable[[], Any]) -> Any:
        try:
            return ask()
        except GrafanaException as error:
            if error.status_code == 404:
                return None
            raise self._refused(kind, error) from error
        except (requests.exceptions.RequestException, ValueError) as error:  # ValueError: a body that is not JSON
            raise self._unreachable(error) from error

    def _call(self, kind: Kind, ask: Callable[[], Any]) -> Any:
        try:
            return ask()
        except GrafanaException as error:
            raise self._refused(kind, error) from error
        except (requests.exceptions.RequestException, ValueError) as error:  # ValueError: a body that is not JSON
            raise self._unreachable(error) from error

    def _refused(self, kind: Kind, error: GrafanaException) -> SyncError:
        url, told = self.target.url, error.response
        message = str(told.get("message", told) if isinstance(told, dict) else told).strip().replace("\n", " ")[:300]
        match error.status_code:
            case 401:
                return SyncError(f"{url} does not know the token; make one for a service account and set it anew")
            case 403:
                return SyncError(f"{url} forbids this token's {kind}s ({message}); {_ROLES[kind]}")
            case 404:
                return SyncError(f"{url} has no Grafana API; give Grafana's address with its path, such as …/grafana")
            case status:
                return SyncError(f"{url} answered {status} about its {kind}s: {message}; correct that and try again")

    def _unreachable(self, error: Exception) -> SyncError:
        url = self.target.url
        match error:
            case requests.exceptions.TooManyRedirects():
                return SyncError(f"{url} sends its callers elsewhere; give the address that it leads to")
            case requests.exceptions.SSLError():
                return SyncError(
                    f"the certificate of {url} is not trusted; name its authority in connections.grafana.tls"
                )
            case requests.exceptions.JSONDecodeError() | ValueError():
                return SyncError(f"{url} answers, but not as Grafana does; give Grafana's own address")
            case _:
                return SyncError(
                    f"{url} cannot be reached ({type(error).__name__}); start Grafana or correct the address"
                )


def sync(target: Target, desired: Sequence[Item], say: Callable[[Plan], None], *, dry_run: bool) -> None:
    """Brings Grafana to the desired state; `say` is told the plan before anything is changed. Raises SyncError."""
    grafana = Grafana(target)
    grafana.check()
    found = grafana.found(desired)
    wanted = {item.key for item in desired}
    obsolete = [uid for kind, uid in found if kind == "alert rule" and (kind, uid) not in wanted]
    todo = plan(desired, found, obsolete)
    say(todo)
    if dry_run:
        return
    for change in todo.changes:
        grafana.apply(change)
    _check_data_source(grafana, desired, todo)


def _check_data_source(grafana: Grafana, desired: Sequence[Item], done: Plan) -> None:
    fault = grafana.data_source_fault()
    source = next((item for item in desired if item.kind == "data source"), None)
    was_written = any(change.kind == "data source" for change in done.changes)
    if fault and source is not None and not was_written:
        # Grafana never tells the password that it holds, so that a new one is noticed only here.
        grafana.apply(Change("update", "data source", source.uid, source))
        fault = grafana.data_source_fault()
    if fault:
        raise SyncError(
            f"all is written, but Grafana cannot query ClickHouse ({' '.join(fault.split())[:300]}); correct host, port"
            " and password as Grafana needs them, in connections.grafana.reader or where the data source is provisioned"
        )


def _face(target: Target) -> GrafanaFace:
    parts = urlsplit(target.url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SyncError(f"{target.url!r} is no address of Grafana; write one such as https://grafana.example.org")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    path = parts.path.strip("/")
    tls = target.tls or Tls()
    verify = str(tls.ca) if tls.ca and tls.verify else tls.verify
    prefix = f"{path}/" if path else ""
    face = GrafanaFace(target.token, host, parts.port, prefix, parts.scheme, verify, TIMEOUT_S)
    # A redirected POST would arrive as a GET.
    face.api.s.max_redirects = 0
    if tls.certificate is not None:
        face.api.s.cert = (str(tls.certificate), str(tls.key or tls.certificate))
    return face


def _fields(change: Change) -> dict[str, Any]:
    assert change.item is not None
    return dict(change.item.fields)


def _is_ours(rule: Mapping[str, Any]) -> bool:
    return rule.get("folderUID") == FOLDER_UID and str(rule.get("uid", "")).startswith(UID_PREFIX)


def _lock(rule: Mapping[str, Any]) -> str:
    return _PROVISIONED if rule.get("provenance") == "file" else ""


def _without_plugin() -> str:
    return (
        f"Grafana lacks the plugin {DATASOURCE_TYPE}; install it ({PLUGIN_VERSION} or later), restart Grafana and"
        " run this again"
    )
