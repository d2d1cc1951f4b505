"""The import law: schemas ← {producers, stream_processors, grafana} ← deploy, without cycles."""

from collections.abc import Iterable

from tests.house.code import PACKAGES, Module

MAY_IMPORT = {
    "schemas": ("schemas",),
    "producers": ("schemas", "producers"),
    "stream_processors": ("schemas", "stream_processors"),
    "grafana": ("schemas", "grafana", "stream_processors.metrics", "stream_processors.metric"),
    "deploy": ("schemas", "producers", "stream_processors", "grafana", "deploy"),
    "tests": PACKAGES,
    "benchmarks": PACKAGES,
}


def against_the_import_law(modules: Iterable[Module]) -> list[str]:
    """Imports of our packages that point the wrong way."""
    modules = list(modules)
    known = frozenset(module.name for module in modules)
    broken = []
    for module in modules:
        allowed = MAY_IMPORT[module.name.split(".")[0]]
        for one in module.imports(known):
            ours = one.module.split(".")[0] in PACKAGES
            if ours and not any(one.module == name or one.module.startswith(f"{name}.") for name in allowed):
                broken.append(
                    f"{module.path}:{one.line}: imports {one.module}, but may import only {', '.join(allowed)}; "
                    "move what both need to schemas, or hand it in as an argument from deploy"
                )
    return broken


def cycles(modules: Iterable[Module]) -> list[str]:
    """Rings of modules that import each other when they are loaded."""
    modules = list(modules)
    known = frozenset(module.name for module in modules)
    edges = {
        module.name: {one.module for one in module.imports(known) if one.top and one.module in known} - {module.name}
        for module in modules
    }
    return [
        f"{' → '.join([*ring, ring[0]])}: a cycle; move what they share to a module of its own"
        for ring in _rings(edges)
    ]


def _rings(edges: dict[str, set[str]]) -> list[list[str]]:
    """One ring for each group of modules that reach each other."""
    rings: list[list[str]] = []
    seen: set[str] = set()
    for start in sorted(edges):
        ring = None if start in seen else _way_back(start, edges)
        if ring is not None:
            rings.append(ring)
            seen.update(ring)
    return rings


def _way_back(start: str, edges: dict[str, set[str]]) -> list[str] | None:
    """The shortest way from `start` to itself, without its end."""
    ways, visited = [[start]], {start}
    for way in ways:  # grows while it is walked: breadth first
        for following in sorted(edges[way[-1]]):
            if following == start:
                return way
            if following not in visited:
                visited.add(following)
                ways.append([*way, following])
    return None
