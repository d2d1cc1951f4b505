"""LCOV's tracefiles (.info). Pure."""

from collections.abc import Iterator

from producers.reports.coverage import Coverage, NotCoverage, coverage_format, sum_of_lines


def understood(body: bytes) -> Coverage:
    """The lines of all files (DA:), each once however many tests tell it; else what is summed up (LH: of LF:)."""
    lines: list[tuple[object, bool]] = []
    hit = found = files = 0
    for number, (file, told, summed) in enumerate(_records(body)):
        files += 1
        lines += told
        if not told and summed is not None:
            hit, found = hit + min(summed), found + max(summed)
        elif not file:
            raise NotCoverage(f"the record {number + 1} names no file (SF:)")
    if not files:
        raise NotCoverage("there is no record that begins with SF:; send a tracefile as lcov writes it")
    counted = sum_of_lines(lines)
    return Coverage(counted.covered + hit, counted.coverable + found)


def _records(body: bytes) -> Iterator[tuple[str, list[tuple[object, bool]], tuple[int, int] | None]]:
    """File, lines and totals of each record. What else a tracefile may say, such as branches, is passed over."""
    file, lines = "", list[tuple[object, bool]]()
    totals: dict[str, int] = {}
    for raw in body.decode("utf-8", "replace").splitlines():
        kind, _, text = raw.strip().partition(":")
        if kind == "SF":
            file, lines, totals = text, [], {}
        elif kind == "DA" and file:
            number, _, rest = text.partition(",")
            lines.append(((file, number.strip()), rest.partition(",")[0].strip() not in ("", "0")))
        elif kind in ("LF", "LH") and text.isascii() and text.isdigit() and len(text) < 16:
            totals[kind] = int(text)
        elif kind == "end_of_record" and file:
            yield file, lines, (totals["LH"], totals["LF"]) if len(totals) == 2 else None
            file = ""


def written(found: Coverage) -> bytes:
    """A tracefile of totals alone."""
    return f"SF:all\nLF:{found.coverable}\nLH:{found.covered}\nend_of_record\n".encode()


REPORT = coverage_format(
    "lcov",
    "LCOV",
    "https://manpages.debian.org/unstable/lcov/geninfo.1.en.html",
    "text/plain",
    understood,
    written,
)
