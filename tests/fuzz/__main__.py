"""`python -m tests.fuzz [COUNT] [SEED]`: a long fuzz; exit code 1 where a payload left by none of the doors."""

import sys
import time

from tests.fuzz.fuzz import fuzz

COUNT = 100_000
MOST_GROWTH_KIB = 32 << 10


def main(count: int = COUNT, seed: int = 1) -> int:
    """Fuzz, and print what was found."""
    began = time.monotonic()
    found = fuzz(count, seed)
    print(f"{count:,} mutated payloads of seed {seed} in {time.monotonic() - began:.0f} s")
    for door, number in sorted(found.doors.items()):
        print(f"  {door:<12} {number:>8,}")
    print(f"  resident memory, MiB: {' '.join(str(kib >> 10) for kib in found.resident_kib)}")
    for one in found.failed[:20]:
        print(f"  left by no door: {one}")
    grown = found.resident_kib[-1] - found.resident_kib[1]
    if grown > MOST_GROWTH_KIB:
        print(f"  memory grew by {grown >> 10} MiB after the first tenth")
    return int(bool(found.failed) or grown > MOST_GROWTH_KIB)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
