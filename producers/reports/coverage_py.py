"""coverage.py's JSON (`coverage json`). Pure.

Its time is that of the machine's clock without a zone, which says nothing here: the header or the arrival tells it.
"""

import orjson

from producers.json_strict import parse_body
from producers.payload import Payload
from producers.reports.coverage import Coverage, NotCoverage, coverage_format
from producers.source import Unmappable


def understood(body: bytes) -> Coverage:
    """The report's totals."""
    document, _ = parse_body({}, body)
    try:
        totals = Payload(document if isinstance(document, dict) else {}).part("totals")
        covered, coverable = totals.number("covered_lines"), totals.number("num_statements")
    except Unmappable as unmappable:  # another JSON: the sender has to be told
        raise NotCoverage(f"{unmappable.reason}; send the file of `coverage json`") from unmappable
    if not 0 <= covered <= coverable:
        raise NotCoverage("totals.covered_lines is more than totals.num_statements, or below 0")
    return Coverage(covered, coverable)


def written(found: Coverage) -> bytes:
    """A report of totals alone."""
    return orjson.dumps({"totals": {"covered_lines": found.covered, "num_statements": found.coverable}})


REPORT = coverage_format(
    "coverage-py",
    "coverage.py",
    "https://coverage.readthedocs.io/en/latest/commands/cmd_json.html",
    "application/json",
    understood,
    written,
)
