"""Clover's XML, which OpenClover, PHPUnit and Istanbul write. It counts statements, which stand for lines. Pure."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement, tostring

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
    """The statements of the project, else the sum of its lines that are statements. Tests of the tests are left out."""
    root = parse_xml(body, may_name_its_type=True)
    project = root.find("project")
    if local_name(root) != "coverage" or project is None:
        raise NotCoverage(
            f"the root element is <{local_name(root)[:100]}> without <project>; send <coverage> as Clover writes it"
        )
    at = moment_in(root.get("generated")) or moment_in(project.get("timestamp"))
    metrics = project.find("metrics")
    if metrics is not None:
        covered, coverable = (whole_number(metrics, name) for name in ("coveredstatements", "statements"))
        if covered is not None and coverable is not None and covered <= coverable:
            return Coverage(covered, coverable, at)
    counted = sum_of_lines(_statements(project))
    return Coverage(counted.covered, counted.coverable, at)


def _statements(project: Element) -> Iterator[tuple[object, bool]]:
    for number, file in enumerate(project.iter("file")):
        for line in file.iter("line"):
            if line.get("type") in ("stmt", "cond"):
                yield (number, line.get("num")), line.get("count", "0").strip() not in ("", "0")


def written(found: Coverage) -> bytes:
    """A report of totals alone."""
    root = Element("coverage")
    if found.at is not None:
        root.set("generated", str(milliseconds(found.at)))
    SubElement(
        SubElement(root, "project"),
        "metrics",
        {"statements": str(found.coverable), "coveredstatements": str(found.covered)},
    )
    text: bytes = tostring(root)
    return text


REPORT = coverage_format(
    "clover",
    "Clover",
    "https://openclover.org/doc/manual/latest/ant--clover-report.html",
    "application/xml",
    understood,
    written,
)
