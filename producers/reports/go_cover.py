"""Go's cover profiles (`go test -coverprofile`). Go counts statements, which stand for lines. Pure."""

import re

from producers.reports.coverage import Coverage, NotCoverage, coverage_format

_MODE = re.compile(r"mode: (?:set|count|atomic)\s*", re.ASCII)
_BLOCK = re.compile(r"(.+:\d+\.\d+,\d+\.\d+) (\d{1,9}) (\d{1,20})", re.ASCII)


def understood(body: bytes) -> Coverage:
    """The statements of all blocks. Profiles that were put together tell a block several times: it counts once."""
    first, _, rest = body.decode("utf-8", "replace").partition("\n")
    if not _MODE.fullmatch(first):
        raise NotCoverage("the first line is not `mode: set`, `count` or `atomic`; send the file of -coverprofile")
    blocks: dict[str, tuple[int, bool]] = {}
    for number, line in enumerate(rest.splitlines(), 2):
        block = _BLOCK.fullmatch(line.strip())
        if block is None:
            if line.strip() and not _MODE.fullmatch(line.strip()):  # files put together repeat the first line
                raise NotCoverage(f"line {number} is no block of a cover profile")
            continue
        statements, hit = int(block[2]), block[3].strip("0") != ""
        blocks[block[1]] = statements, hit or blocks.get(block[1], (0, False))[1]
    covered = sum(statements for statements, hit in blocks.values() if hit)
    return Coverage(covered, sum(statements for statements, _ in blocks.values()))


def written(found: Coverage) -> bytes:
    """A profile of one block that was reached, and one that was not."""
    missed = found.coverable - found.covered
    return f"mode: set\nall:1.1,1.2 {found.covered} 1\nall:2.1,2.2 {missed} 0\n".encode()


REPORT = coverage_format(
    "go-cover",
    "Go cover profile",
    "https://go.dev/doc/build-cover",
    "text/plain",
    understood,
    written,
)
