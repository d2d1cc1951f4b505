"""pipegauge.yaml: the catalog, the secrets and the connections. `schemas.config_text` reads it with line numbers."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from schemas.alert_rules import AlertRule, Notify, rule_faults
from schemas.mapping import Mapping, Signature
from schemas.redact import Redact
from schemas.report_headers import ReportHeaders
from schemas.report_rules import ReportRule
from schemas.section import Duration, SecretReference, Section, TimeZone


class TeamFrom(Section):
    """From `since` (its midnight in UTC) on, the service belongs to `name`."""

    name: str = Field(min_length=1)
    since: date


class PathClaim(Section):
    """A part of a monorepo: glob patterns such as `services/checkout/**` within `repository`."""

    repository: str = Field(min_length=1)
    patterns: tuple[str, ...] = Field(min_length=1)


class Service(Section):
    """A service, what it claims, and whose it is.

    `repositories` are whole repositories (`owner/name`, or a glob such as `acme/*`), `paths` parts of a monorepo.
    `projects` are what other tools call theirs: a Jira project, a SonarQube key, a Jenkins job; `apps` what runs: an
    Argo CD application, a service that incidents are about. Both may be globs.
    `production` are glob patterns of environments that are production beside those the provider calls so.
    """

    name: str = Field(min_length=1)
    team: str | tuple[TeamFrom, ...] = "unassigned"
    time_zone: TimeZone = "UTC"
    repositories: tuple[str, ...] = ()
    paths: tuple[PathClaim, ...] = ()
    projects: tuple[str, ...] = ()
    apps: tuple[str, ...] = ()
    production: tuple[str, ...] = ()


class Quota(Section):
    """How many authentic deliveries of a source each gateway takes in: `deliveries` in `per`, so many at once."""

    deliveries: int = Field(ge=1)
    per: Duration = 60


class VendorApi(Section):
    """The REST API of a source's vendor, for `pipegauge reconcile`: its address where that is not the vendor's public
    one, and a token that may read and redeliver webhooks."""

    url: str | None = Field(default=None, pattern=r"^https?://[^/@\s]+(/[^\s]*)?$")
    token: SecretReference | None = None


class SourceSettings(Section):
    """How deliveries of one source are verified. Several secrets are for rotation: any of them is accepted.

    A source with a `mapping` is the sender's own: it may have any name, and `signature` says how it signs. `headers`
    are for reports: which header says what of a report. Without a `quota` all deliveries are taken in; `api` is where
    the vendor can be asked for what it could not deliver.
    """

    secrets: tuple[SecretReference, ...] = ()
    unsigned: bool = False
    keep_raw: bool = False
    signature: Signature | None = None
    mapping: Mapping | None = None
    headers: ReportHeaders | None = None
    quota: Quota | None = None
    api: VendorApi | None = None

    @model_validator(mode="after")
    def _is_verified_or_says_so(self) -> Self:
        if not self.secrets and not self.unsigned:
            raise ValueError("no `secrets:`; add the sender's secret, or `unsigned: true` if anyone may post to it")
        return self

    @model_validator(mode="after")
    def _is_one_kind_of_source(self) -> Self:
        if self.signature is not None and self.mapping is None:
            raise ValueError("only a source with a `mapping:` says how it signs; remove `signature:`")
        if self.headers is not None and self.mapping is not None:
            raise ValueError("only reports have `headers:`; remove it")
        return self


class Tls(Section):
    """TLS of a connection; `ca` and the client's own `certificate` and `key` are PEM files."""

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    verify: bool = True


class Sasl(Section):
    """A user and a password for Kafka."""

    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "PLAIN"
    username: str
    password: SecretReference


class KafkaConnection(Section):
    """Where Kafka is; `partitions` and `replication` are used when topics are made."""

    brokers: tuple[str, ...] = ("127.0.0.1:9092",)
    tls: Tls | None = None
    sasl: Sasl | None = None
    partitions: int = Field(default=12, ge=1)
    replication: int = Field(default=1, ge=1)


class ClickHouseConnection(Section):
    """Where ClickHouse's native port is; `cluster` makes the migrations use ON CLUSTER and Replicated engines."""

    host: str = "127.0.0.1"
    port: int = 9000
    database: str = Field(default="pipegauge", pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    username: str = "pipegauge"
    password: SecretReference = "env:PIPEGAUGE_CLICKHOUSE_PASSWORD"
    tls: Tls | None = None
    cluster: str | None = None


class Otlp(Section):
    """A collector for traces and metrics, by OTLP over HTTP; `headers` are secret references.

    `sample` is the share of deliveries that are traced. `endpoint` is its base, such as http://collector:4318.
    """

    endpoint: str = Field(pattern=r"^https?://[^/@\s]+(/[^\s]*)?$")
    headers: dict[str, SecretReference] = Field(default_factory=dict)
    sample: float = Field(default=1.0, ge=0, le=1)
    tls: Tls | None = None


class ClickHouseReader(Section):
    """ClickHouse as Grafana reaches it, with a user that may only read.

    `host` and `port` where they differ from those of `connections.clickhouse`, whose database and TLS hold here too.
    """

    username: str = "grafana"
    password: SecretReference
    host: str | None = None
    port: int | None = None


class GrafanaConnection(Section):
    """The Grafana that `pipegauge grafana sync` writes to, with the token of a service account.

    With a `reader` the data source is written too, which needs the role Admin; without one it has to be there.
    """

    url: str | None = None
    token: SecretReference = "env:GRAFANA_TOKEN"
    tls: Tls | None = None
    reader: ClickHouseReader | None = None


class Connections(Section):
    """One section feeds every client; without `otlp` nothing is exported."""

    kafka: KafkaConnection = KafkaConnection()
    clickhouse: ClickHouseConnection = ClickHouseConnection()
    otlp: Otlp | None = None
    grafana: GrafanaConnection = GrafanaConnection()


class Listen(Section):
    """Addresses `host:port` that the processes serve on; status is on the same address for gateway and board."""

    gateway: str = "127.0.0.1:8480"
    board: str = "127.0.0.1:8481"
    worker: str = "127.0.0.1:8482"
    store: str = "127.0.0.1:8483"
    notifier: str = "127.0.0.1:8485"

    @field_validator("*")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 65_536:
            raise ValueError(f"{value!r} is not an address; write host:port, such as 127.0.0.1:8480")
        return value


class Gateway(Section):
    """Bounds of the gateway: the spool's size, and how long a request may take to send its body."""

    spool_max_bytes: int = Field(default=1 << 30, ge=1)
    body_deadline: Duration = 8


class Config(Section):
    """The whole file. `salt` keys the hash of personal values; `data` is the folder of spool, state and logs.

    `reports` are rules that tell tests by the path of their report.
    """

    services: tuple[Service, ...] = ()
    sources: dict[str, SourceSettings] = Field(default_factory=dict)
    reports: tuple[ReportRule, ...] = ()
    salt: SecretReference = "env:PIPEGAUGE_SALT"
    connections: Connections = Connections()
    listen: Listen = Listen()
    gateway: Gateway = Gateway()
    redact: Redact = Redact()
    data: Path = Path(".pipegauge")
    alerts: tuple[AlertRule, ...] = ()
    notify: Notify = Notify()

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        services = {service.name for service in self.services}
        faults = rule_faults(self.alerts, self.notify.routes, services, _teams(self.services))
        clashes = [*_clashes(self.services), *_second_rules(self.reports), *faults]
        if clashes:
            message = "\n".join(said for _, said in clashes)
            raise PydanticCustomError("clash", "{message}", {"message": message, "clashes": clashes})
        return self


def _teams(services: tuple[Service, ...]) -> set[str]:
    """The names of all teams, at whatever time."""
    teams = (service.team for service in services)
    return {name for team in teams for name in ([team] if isinstance(team, str) else [one.name for one in team])}


def _claims(service: Service, place: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], tuple[str, str]]]:
    """What a service claims, (repository, pattern), each with its place in the file."""
    for number, repository in enumerate(service.repositories):
        yield (*place, "repositories", number), (repository, "")
    for number, claim in enumerate(service.paths):
        for index, pattern in enumerate(claim.patterns):
            yield (*place, "paths", number, "patterns", index), (claim.repository, pattern)


def _clashes(services: tuple[Service, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Second claims of the same thing and second services of one name: the place in the file, and what to do."""
    names: set[str] = set()
    claimed: dict[tuple[str, str], str] = {}
    for number, service in enumerate(services):
        place: tuple[str | int, ...] = ("services", number)
        if service.name in names:
            yield (*place, "name"), f"two services are called {service.name!r}; merge them or rename one"
        names.add(service.name)
        for where, claim in _claims(service, place):
            if claim in claimed:
                what, first = " ".join(filter(None, claim)), claimed[claim]
                yield where, f"{what!r} is claimed by {first!r} and {service.name!r}; let one of them claim it once"
            claimed.setdefault(claim, service.name)


def _second_rules(rules: tuple[ReportRule, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Rules of a path that an earlier rule has: the place in the file, and what to do."""
    seen: set[str] = set()
    for number, rule in enumerate(rules):
        if rule.path in seen:
            yield ("reports", number, "path"), f"two rules are for {rule.path!r}; merge them"
        seen.add(rule.path)
