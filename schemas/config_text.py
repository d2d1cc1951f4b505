"""Reads pipegauge.yaml so that every problem has its file, its line and its remedy."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from schemas.config import Config

_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping, `key: value` lines",
    "model_type": "a mapping, `key: value` lines",
    "model_attributes_type": "a mapping, `key: value` lines",
    "date_type": "a date such as 2026-01-31",
    "date_from_datetime_parsing": "a date such as 2026-01-31",
    "path_type": "a path",
}
Place = tuple[int | str, ...]


class Problem(NamedTuple):
    """One thing to put right. `line` counts from 1."""

    file: str
    line: int
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}; {self.remedy}"


class ConfigError(ValueError):
    """All problems of a file, ordered by line."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems, key=lambda problem: problem.line)
        super().__init__("\n".join(map(str, self.problems)))


def parse(text: str, file: str) -> Config:
    """The configuration that `text` says. Raises ConfigError; `file` is what it calls the text."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        repeated = list(_repeated_keys(root, file))
        if repeated:
            raise ConfigError(repeated)
        value = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        raise ConfigError([_syntax(error, file)]) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigError([Problem(file, line, f"not YAML: {error.reason}", "remove the character")]) from error
    except RecursionError as error:
        raise ConfigError([Problem(file, 1, "not YAML: nested too deep", "write it flatter")]) from error
    except ConfigError:
        raise
    except ValueError as error:  # a date that no calendar has, such as 2026-02-30
        line = _line_of_no_value(root) if root else 1
        raise ConfigError([Problem(file, line, f"not YAML: {error}", "correct the date")]) from error
    if root is None:
        return Config()
    try:
        return Config.model_validate(value)
    except ValidationError as error:
        raise ConfigError(list(_problems(error, root, file))) from error


def problem_at(place: Place, message: str, remedy: str, text: str, file: str) -> Problem:
    """A problem at the line of `text`, which could be parsed, that `place` is on."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    return Problem(file, _line(root, place)[0] if root else 1, message, remedy)


def _syntax(error: yaml.MarkedYAMLError, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    said = ", ".join(filter(None, (error.context, error.problem)))
    return Problem(file, mark.line + 1 if mark else 1, f"not YAML: {said}", "check indentation, colons and quotes")


def _line_of_no_value(root: yaml.Node) -> int:
    """The line of the first scalar that looks like a value of YAML and is none."""
    loader = yaml.SafeLoader("")
    for node in _nodes(root):
        try:
            if isinstance(node, yaml.ScalarNode):
                loader.construct_object(node)
        except ValueError:  # this is the one
            return int(node.start_mark.line) + 1
    return 1


def _nodes(root: yaml.Node) -> Iterator[yaml.Node]:
    """Each node once, from the top."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:  # an alias
            continue
        seen.add(id(node))
        yield node
        if isinstance(node, yaml.SequenceNode):
            waiting += reversed(node.value)
        elif isinstance(node, yaml.MappingNode):
            waiting += reversed([part for pair in node.value for part in pair])


def _repeated_keys(root: yaml.Node | None, file: str) -> Iterator[Problem]:
    """YAML's readers silently keep the last of two equal keys."""
    for node in _nodes(root) if root else ():
        if not isinstance(node, yaml.MappingNode):
            continue
        lines: dict[str, int] = {}
        for key, _ in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                continue
            if key.value not in lines:
                lines[key.value] = line
            else:
                said = f"the key {key.value!r} was given on line {lines[key.value]} already"
                yield Problem(file, line, said, "merge the two")


def _problems(error: ValidationError, root: yaml.Node, file: str) -> Iterator[Problem]:
    for details in error.errors(include_url=False, include_input=False):
        clashes = details.get("ctx", {}).get("clashes")
        for place, message in clashes or ():
            said, _, remedy = message.partition("; ")
            yield Problem(file, _line(root, (*details["loc"], *place))[0], said, remedy)
        if clashes:
            continue
        line, node = _line(root, details["loc"])
        if not _is_of_another_branch(details, node):
            yield Problem(file, line, *_words(details))


def _line(root: yaml.Node, place: Place) -> tuple[int, yaml.Node]:
    """The line of the key or item at `place`, or of the nearest that is there; and its value."""
    node, line = root, root.start_mark.line + 1
    for step in place:
        if isinstance(node, yaml.MappingNode):
            found = [(key, value) for key, value in node.value if key.value == str(step)]
            for key, value in found[-1:]:
                node, line = value, key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
    return line, node


def _is_of_another_branch(details: ErrorDetails, node: yaml.Node) -> bool:
    """Of `team: NAME | [{name, since}]` pydantic tells what is wrong with both; the file's shape decides."""
    place = details["loc"]
    if len(_in_file(place)) == len(place):
        return False
    is_scalar = isinstance(node, yaml.ScalarNode)
    return is_scalar if details["type"] == "tuple_type" else details["type"] == "string_type" and not is_scalar


def _in_file(place: Place) -> Place:
    """`place` without pydantic's names of a union's branches, which the file does not have."""
    return tuple(step for number, step in enumerate(place) if not (number == 3 and place[2] == "team"))


def _words(details: ErrorDetails) -> tuple[str, str]:
    place = _in_file(details["loc"])
    where = _path(place)
    if details["type"] == "extra_forbidden":
        known = _known_keys(place[:-1])
        near = get_close_matches(str(place[-1]), known, 1)
        said = f"{where}: unknown key" if len(place) > 1 else f"unknown key {where!r}"
        return said, f"did you mean {near[0]!r}?" if near else f"known here are {', '.join(known)}"
    if details["type"] == "missing":
        return f"{where} is missing", "add it"
    wanted = _WANTED.get(details["type"])
    if wanted is not None:
        return (f"{where} should be {wanted}" if place else f"the file should be {wanted}"), "write it so"
    said, _, remedy = details["msg"].removeprefix("Value error, ").partition("; ")
    return f"{where}: {said[:1].lower() + said[1:] if not remedy else said}", remedy or "correct it"


def _path(place: Place) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return text.removeprefix(".")


def _known_keys(place: Place) -> list[str]:
    """The keys that a mapping at `place` may have."""
    annotations: list[Any] = [Config]
    for step in place:
        annotations = [inner for outer in annotations for inner in _inside(outer, step)]
    models = [found for outer in annotations for found in _alternatives(outer) if _is_model(found)]
    return [field.alias or name for model in models for name, field in model.model_fields.items()]


def _inside(annotation: Any, step: int | str) -> Iterator[Any]:
    for outer in _alternatives(annotation):
        if _is_model(outer) and step in outer.model_fields:
            yield outer.model_fields[str(step)].annotation
        elif get_origin(outer) is tuple:
            yield get_args(outer)[0]
        elif get_origin(outer) in (dict, Mapping):
            yield get_args(outer)[1]


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    is_union = get_origin(annotation) in (Union, type(int | str))
    return get_args(annotation) if is_union else (annotation,)


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
