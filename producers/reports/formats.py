"""The formats of reports by name: each has an address of its own, /reports/{name}."""

from collections.abc import Mapping

from producers.reports import (
    clover,
    cobertura,
    coverage_py,
    cyclonedx,
    go_cover,
    jacoco,
    junit,
    lcov,
    sarif,
    spdx,
    tap,
)
from producers.reports.format import ReportFormat

FORMATS: Mapping[str, ReportFormat] = {
    module.REPORT.name: module.REPORT
    for module in (junit, tap, cobertura, lcov, jacoco, clover, go_cover, coverage_py, sarif, cyclonedx, spdx)
}
