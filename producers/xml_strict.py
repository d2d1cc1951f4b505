"""XML as a sender may send it: no entities of its own, nothing read from elsewhere, bounded in depth and size."""

from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from producers.source import Refused

MOST_LEVELS = 64
MOST_ELEMENTS = 1_000_000


class NotXml(Refused):
    """The body is no XML, or XML of a kind that harms its reader."""

    title = "Not XML"


class _BoundedBuilder(TreeBuilder):
    def __init__(self) -> None:
        super().__init__()
        self._level = self._elements = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self._level += 1
        self._elements += 1
        if self._level > MOST_LEVELS:
            raise NotXml(f"the body is nested deeper than {MOST_LEVELS} levels")
        if self._elements > MOST_ELEMENTS:
            raise NotXml(f"the body has more than {MOST_ELEMENTS:,} elements; send it in parts")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self._level -= 1
        return super().end(tag)


def parse_xml(body: bytes, *, may_name_its_type: bool = False) -> Element:
    """The root of a body. Raises NotXml.

    A document type is refused; with `may_name_its_type` it may be named, as coverage tools do, but is never fetched,
    and may declare nothing.
    """
    parser = DefusedXMLParser(
        target=_BoundedBuilder(), forbid_dtd=not may_name_its_type, forbid_entities=True, forbid_external=True
    )
    # An attribute's default may be long and stand in for every element's.
    parser.parser.AttlistDeclHandler = parser.parser.ElementDeclHandler = _refuse_declaration
    try:
        parser.feed(body)
        root: Element = parser.close()
    except DefusedXmlException as error:
        raise NotXml("the body declares a document type or entities; send it without") from error
    except (ParseError, ValueError, LookupError) as error:  # not well-formed, or in an unknown encoding
        raise NotXml(f"the body is not XML ({error}); send the report as the test runner wrote it") from error
    return root


def local_name(element: Element) -> str:
    """The tag without its namespace."""
    return element.tag.rpartition("}")[2]


def _refuse_declaration(*_: object) -> None:
    raise NotXml("the body declares elements or attributes of a document type; send it without")
