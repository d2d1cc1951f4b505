"""Which header says what of a report: the report itself knows neither its service nor its commit."""

from schemas.mapping import KeptHeader
from schemas.section import Section


class ReportHeaders(Section):
    """The headers of `POST /reports/{format}`.

    `service` is a name of the catalog, or `repository` one that a service claims; one of the two is needed. `sha`,
    `run` and `change` are what the report can be joined to. `name` is the suite's, such as "unit tests"; `level` one
    of unit, integration, system (or end-to-end), acceptance, performance, security, other; `automated` true or false;
    `time` when it ended (ISO 8601 or seconds since 1970), for reports that do not say so. `path` is where the report
    lies in the repository, which the rules under `reports:` go by.
    """

    service: KeptHeader = "x-pipegauge-service"
    repository: KeptHeader = "x-pipegauge-repository"
    sha: KeptHeader = "x-pipegauge-sha"
    run: KeptHeader = "x-pipegauge-run"
    change: KeptHeader = "x-pipegauge-change"
    name: KeptHeader = "x-pipegauge-name"
    level: KeptHeader = "x-pipegauge-level"
    automated: KeptHeader = "x-pipegauge-automated"
    time: KeptHeader = "x-pipegauge-time"
    path: KeptHeader = "x-pipegauge-path"
