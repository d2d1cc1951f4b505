"""Pure files: no socket, file, process or environment, and time comes as an argument."""

import ast
from collections.abc import Collection, Iterable, Iterator

from tests.house.code import Module

PURE = (
    "producers/actors.py",
    "schemas/",
    "producers/addresses.py",
    "producers/findings.py",
    "producers/branches.py",
    "producers/conformance/",
    "producers/comparing.py",
    "producers/drift.py",
    "producers/gateway.py",
    "producers/images.py",
    "producers/issue_references.py",
    "producers/json_strict.py",
    "producers/mapping/",
    "producers/naming.py",
    "producers/package_urls.py",
    "producers/payload.py",
    "producers/personal.py",
    "producers/prometheus_alerts.py",
    "producers/proof.py",
    "producers/quota.py",
    "producers/reconciling/attempts.py",
    "producers/reconciling/limits.py",
    "producers/records.py",
    "producers/redaction.py",
    "producers/references.py",
    "producers/replaying.py",
    "producers/reports/",
    "producers/signatures.py",
    "producers/source.py",
    "producers/sources/",
    "producers/vendor.py",
    "producers/xml_strict.py",
    "stream_processors/alerting/",
    "stream_processors/batch.py",
    "stream_processors/breaker.py",
    "stream_processors/correlate/",
    "stream_processors/facts.py",
    "stream_processors/histogram.py",
    "stream_processors/metric.py",
    "stream_processors/metrics/",
    "stream_processors/notifier/addresses.py",
    "stream_processors/notifier/alertmanager.py",
    "stream_processors/notifier/lanes.py",
    "stream_processors/notify.py",
    "stream_processors/points.py",
    "stream_processors/quantities.py",
    "stream_processors/roll.py",
    "stream_processors/rollup.py",
    "stream_processors/row_fields.py",
    "stream_processors/rows.py",
    "stream_processors/slots.py",
    "stream_processors/state.py",
    "stream_processors/sums.py",
    "stream_processors/tracing.py",
    "stream_processors/untimed.py",
    "stream_processors/windows.py",
    "grafana/alerting.py",
    "grafana/board/boards.py",
    "grafana/board/macros.py",
    "grafana/board/timerange.py",
    "grafana/boards/",
    "grafana/desired.py",
    "grafana/plan.py",
    "grafana/render.py",
    "grafana/teams.py",
    "deploy/conformance/told.py",
    "deploy/demo/chance.py",
    "deploy/demo/changes.py",
    "deploy/demo/chronicle.py",
    "deploy/demo/company.py",
    "deploy/demo/deliveries.py",
    "deploy/demo/github/",
    "deploy/demo/moments.py",
    "deploy/demo/openings.py",
    "deploy/demo/pace.py",
    "deploy/demo/pipelines.py",
    "deploy/demo/releases.py",
    "deploy/demo/story.py",
    "deploy/demo/truth.py",
    "deploy/demo/warehouse/",
    "deploy/demo/wording.py",
    "deploy/new_source/captured.py",
    "deploy/new_source/text.py",
    "deploy/doctor/check.py",
    "deploy/doctor/clickhouse.py",
    "deploy/doctor/kafka.py",
    "deploy/doctor/machine.py",
    "deploy/explained.py",
    "deploy/migration_text.py",
    "deploy/rebuild/placing.py",
)
"""The one table of pure files; a folder means all in it."""

SHELL = frozenset(
    (
        *("aiokafka", "asyncio", "clickhouse_driver", "concurrent", "faust", "fileinput", "glob", "granian", "http"),
        *(
            "httpx",
            "kafka",
            "multiprocessing",
            "os",
            "random",
            "requests",
            "rocksdict",
            "select",
            "selectors",
            "shutil",
        ),
        *("signal", "socket", "socketserver", "sqlite3", "ssl", "starlette", "subprocess", "sys", "tempfile"),
        *("threading", "time", "urllib.request", "uvloop"),
    )
)
"""What only the shell may import."""

READS_AND_WRITES = frozenset(
    (
        *("chmod", "exists", "expanduser", "glob", "is_dir", "is_file", "iterdir", "mkdir", "open", "read_bytes"),
        *("read_text", "rename", "resolve", "rglob", "rmdir", "stat", "touch", "unlink", "write_bytes", "write_text"),
    )
)
"""Methods of pathlib.Path that touch the disk."""

CLOCKS = frozenset({"now", "utcnow", "today"})
CHANCE = frozenset({"uuid1", "uuid4"})
REMEDY = "take it as an argument and let the shell get it"


def is_pure(path: str) -> bool:
    return any(path == pure or (pure.endswith("/") and path.startswith(pure)) for pure in PURE)


def impurities(modules: Iterable[Module]) -> list[str]:
    """What pure files do that only the shell may do."""
    modules = list(modules)
    known = frozenset(module.name for module in modules)
    shell = {module.name for module in modules if not is_pure(module.path)}
    broken = []
    for module in modules:
        if is_pure(module.path):
            broken += [
                f"{module.path}:{line}: {what}, in a pure file; {REMEDY}" for line, what in _found(module, known, shell)
            ]
    return broken


def entries_without_a_file(paths: Collection[str]) -> list[str]:
    """Entries of the table that name nothing any more."""
    return [
        f"tests/house/purity.py: {entry} is in the table of pure files but does not exist; take it out"
        for entry in PURE
        if not any(path == entry or (entry.endswith("/") and path.startswith(entry)) for path in paths)
    ]


def _found(module: Module, known: frozenset[str], shell: Collection[str]) -> Iterator[tuple[int, str]]:
    seeded = _imports_of_seeded_dice(module.tree)
    for one in module.imports(known):
        if (one.module in SHELL or one.module.split(".")[0] in SHELL) and one.line not in seeded:
            yield one.line, f"imports {one.module}"
        elif one.module in shell:
            yield one.line, f"imports {one.module}, which is not pure"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id in ("datetime", "date") and node.attr in CLOCKS:
                yield node.lineno, f"asks the time with {node.value.id}.{node.attr}"
            if node.value.id == "random" and node.attr != "Random":
                yield node.lineno, f"throws unseeded dice with random.{node.attr}"
        if isinstance(node, ast.Call):
            yield from _calls(node)


def _calls(node: ast.Call) -> Iterator[tuple[int, str]]:
    called = node.func
    name = called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""
    if isinstance(called, ast.Name) and name in ("open", "input", "print"):
        yield node.lineno, f"calls {name}()"
    if isinstance(called, ast.Attribute) and name in READS_AND_WRITES:
        yield node.lineno, f"calls .{name}(), which touches the disk"
    if name in CHANCE:
        yield node.lineno, f"calls {name}(), which differs each time"
    if name == "Random" and not node.args:
        yield node.lineno, "throws unseeded dice with Random()"


def _imports_of_seeded_dice(tree: ast.Module) -> set[int]:
    """Lines that import random for `random.Random(seed)`, which is a function of its seed."""
    lines = set()
    for node in ast.walk(tree):
        of_module = isinstance(node, ast.Import) and [alias.name for alias in node.names] == ["random"]
        of_class = isinstance(node, ast.ImportFrom) and node.module == "random" and node.names[0].name == "Random"
        if isinstance(node, ast.Import | ast.ImportFrom) and (of_module or (of_class and len(node.names) == 1)):
            lines.add(node.lineno)
    return lines
