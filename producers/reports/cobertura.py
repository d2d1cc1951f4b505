"""Cobertura's XML, which coverage.py, coverlet, Istanbul, gcovr, PHPUnit, SimpleCov and others write too. Pure."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element, tostring

from producers.reports.coverage import (
    Coverage,
    NotCoverage,
    coverage_format,
    milliseconds,
    moment_in,
    sum_of_lines,
    whole_number,
)
from producers.xml_strict import local_name, parse_xml


def understood(body: bytes) -> Coverage:
    """The totals that the report says, else the sum of its lines: older tools say only the rate."""
    root = parse_xml(body, may_name_its_type=True)
    if local_name(root) != "coverage" or root.find("project") is not None:
        raise NotCoverage(f"the root element is <{local_name(root)[:100]}>; send <coverage> as Cobertura writes it")
    covered, coverable = (whole_number(root, name) for name in ("lines-covered", "lines-valid"))
    at = moment_in(root.get("timestamp"))
    if covered is not None and coverable is not None and covered <= coverable:
        return Coverage(covered, coverable, at)
    if root.find("packages") is None:
        raise NotCoverage("<coverage> has neither lines-covered and lines-valid nor <packages>")
    counted = sum_of_lines(_lines(root))
    return Coverage(counted.covered, counted.coverable, at)


def _lines(root: Element) -> Iterator[tuple[object, bool]]:
    """Each line by its file; those of methods stand within the class once more."""
    for number, inside in enumerate(root.iter("class")):
        file = inside.get("filename") or number
        for line in inside.iter("line"):
            yield (file, line.get("number")), line.get("hits", "0").strip() not in ("", "0")


def written(found: Coverage) -> bytes:
    """A report of totals alone."""
    root = Element("coverage", {"lines-covered": str(found.covered), "lines-valid": str(found.coverable)})
    if found.at is not None:
        root.set("timestamp", str(milliseconds(found.at)))
    text: bytes = tostring(root)
    return text


REPORT = coverage_format(
    "cobertura",
    "Cobertura",
    "https://raw.githubusercontent.com/cobertura/web/master/htdocs/xml/coverage-04.dtd",
    "application/xml",
    understood,
    written,
)
