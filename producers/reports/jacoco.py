"""JaCoCo's XML. Pure."""

from xml.etree.ElementTree import Element, SubElement, tostring

from producers.reports.coverage import Coverage, NotCoverage, coverage_format, milliseconds, moment_in, whole_number
from producers.xml_strict import local_name, parse_xml

_PARTS = ("group", "package")


def understood(body: bytes) -> Coverage:
    """The counter of lines of the report, else the sum of those of its parts. Its time is the last session's end."""
    root = parse_xml(body, may_name_its_type=True)
    if local_name(root) != "report":
        raise NotCoverage(f"the root element is <{local_name(root)[:100]}>; send <report> as JaCoCo writes it")
    ends = [moment for session in root.findall("sessioninfo") if (moment := moment_in(session.get("dump")))]
    covered, missed = _lines(root)
    if covered + missed == 0 and next(root.iter("counter"), None) is not None and not _tells_lines(root):
        raise NotCoverage("it counts no lines; compile with line numbers (debug information)")
    return Coverage(covered, covered + missed, max(ends, default=None))


def _lines(element: Element) -> tuple[int, int]:
    """Covered and missed lines of an element, from its parts where it has no counter of its own."""
    for counter in element.findall("counter"):
        covered, missed = whole_number(counter, "covered"), whole_number(counter, "missed")
        if counter.get("type") == "LINE" and covered is not None and missed is not None:
            return covered, missed
    parts = [part for part in element if part.tag in _PARTS]
    # A file holds the lines of all its classes; where tools name no files, classes have to do.
    parts = parts or element.findall("sourcefile") or element.findall("class")
    sums = [_lines(part) for part in parts]
    return sum(covered for covered, _ in sums), sum(missed for _, missed in sums)


def _tells_lines(root: Element) -> bool:
    return any(counter.get("type") == "LINE" for counter in root.iter("counter"))


def written(found: Coverage) -> bytes:
    """A report of totals alone."""
    root = Element("report")
    if found.at is not None:
        SubElement(root, "sessioninfo", {"dump": str(milliseconds(found.at))})
    missed = found.coverable - found.covered
    SubElement(root, "counter", {"type": "LINE", "missed": str(missed), "covered": str(found.covered)})
    text: bytes = tostring(root)
    return text


REPORT = coverage_format(
    "jacoco",
    "JaCoCo",
    "https://www.jacoco.org/jacoco/trunk/coverage/report.dtd",
    "application/xml",
    understood,
    written,
)
