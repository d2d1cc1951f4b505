"""Docs: what a person needs to set the source up is in it, for docs/sources.md is made of it. Pure."""

from collections.abc import Iterator

from producers.conformance.finding import Finding
from producers.source import Source
from producers.vendor import Vendor


def docs(source: Source) -> Iterator[Finding]:
    """What a reader of the page of sources would miss."""
    if not isinstance(source, Vendor):
        remedy = "make it a producers.vendor.Vendor: title, page and set-up come from there"
        yield Finding("docs", "gap", "it is not told how to set the source up", remedy)
        return
    for missing, told, remedy in (
        (not source.title.strip(), "`title` is empty", "write the vendor's name as it writes it itself"),
        (not source.page.startswith("https://"), "`page` is no address", "name the page that documents the payloads"),
        ("{url}" not in source.setup, "`setup` does not say where the hook goes", "write {url} for the hook's address"),
        (not source.proof.told.strip(), "the proof does not say how it verifies", "say it in the proof's `told`"),
    ):
        if missing:
            yield Finding("docs", "gap", told, remedy)
