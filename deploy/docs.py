"""The reference pages that are made from code: metrics.md, runbook.md, sources.md and telemetry.md in docs.

A metric's or source's file says everything about it once; these pages only arrange it for reading.
"""

import inspect
import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from textwrap import fill

from deploy.sources_page import sources_page
from deploy.telemetry_page import telemetry_page
from producers.registry import find_source, module_of, source_names
from producers.vendor import Vendor
from schemas.metrics import SLOT_MS, WINDOWS, MetricPoint
from schemas.observations import Observation
from stream_processors import facts
from stream_processors.histogram import BOUNDS
from stream_processors.metric import Metric, Reads
from stream_processors.metrics import METRICS

FOLDER = Path(__file__).resolve().parents[1] / "docs"
GENERATED = "<!-- Made from the code by `pipegauge docs`. Change the code, not this page. -->"

_FACTS: Mapping[Reads, type] = {"change": facts.Change, "run": facts.Run, "gate": facts.Gate}
_PARTS: Mapping[Reads, str] = {"change": "", "run": "the name of each pipeline", "gate": "the name of each gate"}
_UNITS = {"ms": "milliseconds", "ratio": "a share from 0 to 1"}
_VALUES = {"duration": "the median (p50)", "rate": "numerator / denominator"}
_MINUTE_MS = 60_000
_HOUR_MS = 60 * _MINUTE_MS
_DAY_MS = 24 * _HOUR_MS


def pages() -> dict[str, str]:
    """The text of each generated page by its name within the folder `docs`."""
    metrics = sorted(METRICS.values(), key=lambda metric: metric.name)
    sources = [find_source(name) for name in source_names() if module_of(name).startswith("producers.")]
    own = [source for source in sources if isinstance(source, Vendor)]
    return {
        "metrics.md": metrics_page(metrics),
        "runbook.md": runbook_page(metrics),
        "sources.md": "\n\n".join([GENERATED, *sources_page(own, metrics)]) + "\n",
        "telemetry.md": "\n\n".join([GENERATED, *map(_wrapped_prose, telemetry_page())]) + "\n",
    }


def metrics_page(metrics: Sequence[Metric]) -> str:
    """What every metric is, and how its numbers are to be read."""
    blocks = [
        GENERATED,
        "# Metrics",
        "Each metric is one file in `stream_processors/metrics`. What it says there is said here.",
        _overview(metrics),
        *(_section(metric) for metric in metrics),
        _windows(),
        _histograms(),
        _fields(),
    ]
    return "\n\n".join(blocks) + "\n"


def runbook_page(metrics: Iterable[Metric]) -> str:
    """What to do when a number is bad, one heading a metric: `runbook.md#cycle_time`."""
    blocks = [GENERATED, "# Runbook", "What to look at when a number is bad."]
    for metric in metrics:
        blocks.append(f"## {metric.name}")
        blocks.append(f"{metric.title} ([definition](metrics.md#{metric.name})); {metric.better} is better.")
        blocks.append(metric.runbook.strip())
    return "\n\n".join(blocks) + "\n"


def stale(folder: Path = FOLDER) -> list[str]:
    """The names of the pages in `folder` that differ from what the code says."""
    return [name for name, text in pages().items() if _text(folder / name) != text]


def write(folder: Path = FOLDER) -> list[str]:
    """Writes the pages into `folder` and returns the names of those that changed."""
    changed, texts = stale(folder), pages()
    for name in changed:
        (folder / name).write_text(texts[name], "utf-8")
    return changed


def _text(path: Path) -> str | None:
    return path.read_text("utf-8") if path.exists() else None


def _overview(metrics: Iterable[Metric]) -> str:
    lines = ["| name | title | unit | better | value | read from |", "|---|---|---|---|---|---|"]
    for metric in metrics:
        name = f"[`{metric.name}`](#{metric.name})"
        value = _VALUES[metric.kind]
        lines.append(f"| {name} | {metric.title} | {metric.unit} | {metric.better} | {value} | {metric.reads} |")
    return "\n".join(lines)


def _section(metric: Metric) -> str:
    module = sys.modules[metric.observe.__module__]
    rows = [
        ("name", f"`{metric.name}`"),
        ("unit", f"`{metric.unit}`, {_UNITS[metric.unit]}"),
        ("better", metric.better),
        ("value", _VALUES[metric.kind]),
        ("parts", _parts(metric)),
        ("budget", _budget(metric)),
        ("definition version", str(metric.version)),
        ("when it is bad", f"[runbook](runbook.md#{metric.name})"),
    ]
    blocks = [
        f"## {metric.name}",
        _prose(module.__doc__),
        _prose(metric.observe.__doc__),
        "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)]),
        f"It is read from a {metric.reads}, as `stream_processors.facts.{_FACTS[metric.reads].__name__}` has it:",
        _quoted(_prose(_FACTS[metric.reads].__doc__)),
    ]
    return "\n\n".join(blocks)


def _parts(metric: Metric) -> str:
    """`''` is the whole; the others are the module's STAGES, else what the record gives its name to."""
    stages = getattr(sys.modules[metric.observe.__module__], "STAGES", ())
    named = ", ".join(f"`{stage}`" for stage in stages) or _PARTS[metric.reads]
    return f"`''` (the whole), {named}" if named else "`''` (the whole)"


def _budget(metric: Metric) -> str:
    if metric.budget_ms is None:
        return "none"
    exact = "the share is exact" if metric.budget_ms in BOUNDS else "the share is exact to a bucket of the histogram"
    return f"{_duration(metric.budget_ms)}: numerator of denominator subjects kept it; {exact}"


def _windows() -> str:
    names = ", ".join(f"`{name}`" for name in WINDOWS)
    slot, longest = _duration(SLOT_MS), _duration(max(WINDOWS.values()) * SLOT_MS)
    return "\n\n".join(
        [
            "## Windows",
            _wrapped(
                f"Every number is told for {names}. A window is made of slots of {slot} and ends on that grid; the "
                f"running slot is inside, so that a point's `window_end` lies up to {slot} in the future. An "
                "observation counts in the slot of the provider's time of its fact, not of its arrival: one that comes "
                "late changes the windows it belongs to, one of the future waits until they reach it, and one that "
                f"was older than {longest} when it arrived is in ClickHouse only."
            ),
            _wrapped(
                "Each is told for a service, for its team and for the organisation (`org`). A team's number is made "
                "from the sums and histograms of its services, never from their medians. A service counts wholly for "
                "the team that it belongs to at the window's end."
            ),
        ]
    )


def _histograms() -> str:
    beyond_a_minute = [bound for bound in BOUNDS if bound >= _MINUTE_MS]
    widest = max((upper - lower) / lower for lower, upper in pairwise(beyond_a_minute))
    rounds = (_MINUTE_MS, 10 * _MINUTE_MS, _HOUR_MS, _DAY_MS, 7 * _DAY_MS)
    exact = ", ".join(_duration(limit) for limit in rounds if limit in BOUNDS)
    return "## Percentiles\n\n" + _wrapped(
        f"The stream counts durations in a histogram of {len(BOUNDS):,} buckets with fixed integer bounds from 0 to "
        f"{_duration(BOUNDS[-1])}. From a minute on a bound lies at most {widest:.1%} above the one before it. A "
        "percentile is the upper bound of the bucket that holds the value of nearest rank (rank = percentile × count, "
        "rounded up): it is never below that value, and above it by no more than its bucket is wide. Limits that "
        f"people set are bounds themselves ({exact} among them): a share within one of these is exact. `BOUNDS` in "
        "`stream_processors/histogram.py` is the table. Only the board's panels of rolling windows show these; its "
        "other panels compute over the time range chosen, from single observations in ClickHouse: they may differ by "
        "the width of a bucket, and by the neighbouring value where few were counted."
    )


def _fields() -> str:
    return f"""## A metric point

{_prose(MetricPoint.__doc__)}

- `sample_size`: how many subjects were measured. Read a percentile of a handful of subjects as what it is.
- `linked_share`: of the subjects seen, the share that could be joined to all their partners and whose times do not
  contradict each other. A subject that is not linked has no value and is in no percentile; it is here so that a gap in
  what arrives can be seen.
- `definition_version`: rises when the definition changes; numbers of two versions are not comparable.

## An observation

{_prose(Observation.__doc__)}"""


def _prose(docstring: str | None) -> str:
    return inspect.cleandoc(docstring or "")


def _wrapped(text: str) -> str:
    return fill(text, 120, break_long_words=False, break_on_hyphens=False)


def _wrapped_prose(block: str) -> str:
    return block if "\n" in block or block.startswith("#") else _wrapped(block)


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def _duration(ms: int) -> str:
    """A whole number of the largest unit that fits: `10 minutes`, `1 day`."""
    for unit_ms, unit in (
        (365 * _DAY_MS, "year"),
        (_DAY_MS, "day"),
        (_HOUR_MS, "hour"),
        (_MINUTE_MS, "minute"),
        (1_000, "second"),
    ):
        if ms >= unit_ms and ms % unit_ms == 0:
            count = ms // unit_ms
            return f"{count:,} {unit}" + ("" if count == 1 else "s")
    return f"{ms:,} ms"
