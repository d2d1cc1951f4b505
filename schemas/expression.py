"""JMESPath expressions of pipegauge.yaml: what could only fail at the first delivery is refused when the file is read.

https://jmespath.org/specification.html
"""

import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Annotated, Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions
from pydantic import AfterValidator, Field

MOST_CHARACTERS = 1_000
MOST_LEVELS = 64
_PLAIN = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII)
"""A path of names, by far the most usual expression: it is walked, which takes a tenth of jmespath's time."""
_FUNCTIONS: dict[str, dict[str, Any]] = Functions.FUNCTION_TABLE


def _checked(text: str) -> str:
    """`text`, which is a sound expression. Raises ValueError with what is wrong and what to do.

    An expression that is short and not deep takes time and memory in proportion to its document: JMESPath has neither
    loops nor variables, and no functions of anybody's own.
    """
    try:
        parsed: Any = jmespath.compile(text).parsed
        nodes = list(_nodes(parsed))
    except JMESPathError as error:
        said = " ".join(str(error).split())
        raise ValueError(f"{text!r} is no JMESPath expression ({said}); see https://jmespath.org") from error
    except RecursionError as error:
        raise ValueError(f"the expression is nested deeper than {MOST_LEVELS} levels; make it simpler") from error
    for node in nodes:
        if node["type"] == "function_expression":
            _check_call(node["value"], len(node["children"]))
    return text


def _nodes(parsed: dict[str, Any]) -> Iterator[dict[str, Any]]:
    level = [parsed]
    for _ in range(MOST_LEVELS):
        yield from level
        level = [inner for node in level for inner in node["children"] if isinstance(inner, dict)]
        if not level:
            return
    raise RecursionError


def _check_call(name: str, given: int) -> None:
    function = _FUNCTIONS.get(name)
    if function is None:
        near = get_close_matches(name, _FUNCTIONS, 1)
        remedy = f"did you mean {near[0]}()?" if near else f"there are {', '.join(sorted(_FUNCTIONS))}"
        raise ValueError(f"there is no function {name}(); {remedy}")
    wanted = len(function["signature"])
    variadic = wanted > 0 and bool(function["signature"][-1].get("variadic"))
    if given < wanted or (given > wanted and not variadic):
        raise ValueError(f"{name}() takes {wanted} arguments, not {given}; see https://jmespath.org")


Expression = Annotated[str, Field(min_length=1, max_length=MOST_CHARACTERS), AfterValidator(_checked)]


def compiled(text: str) -> Callable[[object], Any]:
    """What gives the value of a sound expression in a document. It may raise jmespath.exceptions.JMESPathError."""
    if _PLAIN.fullmatch(text) is None:
        search: Callable[[object], Any] = jmespath.compile(text).search
        return search
    names = text.split(".")

    def walk(document: object) -> Any:
        for name in names:
            if not isinstance(document, dict):
                return None
            document = document.get(name)
        return document

    return walk
