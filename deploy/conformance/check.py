"""The kit at work: one source after another, with their fixtures and with a folder of payloads."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from deploy.conformance.fixtures import cases_in, folder_of, write_events
from deploy.conformance.payloads import Corpus
from deploy.conformance.zones import this_machine
from producers.conformance.check import Checked, Material, check
from producers.registry import find_source, module_of


def check_all(
    names: Iterable[str], corpus: Corpus | None, fixtures: Path | None, write: bool, begun: Callable[[str], None]
) -> Iterator[Checked]:
    """Checks the sources of these names. Raises UnknownSource; ValueError for a fixture that is none.

    `fixtures` is the folder with the `<event>/<case>.request.json` of the one source that is checked, where it is
    not where such a source has it; with `write` the events of each case are written beside it first. `begun` is told
    each name before its turn.
    """
    machine = this_machine()
    for name in names:
        begun(name)
        source = find_source(name)
        folder = fixtures or folder_of(source, module_of(name))
        cases = cases_in(folder)
        if write and cases:
            write_events(source, folder, cases)
            cases = cases_in(folder)
        payloads, vectors = (corpus.of(name), corpus.vectors) if corpus else ({}, ())
        yield check(source, Material(cases, str(folder), payloads, vectors), machine)
