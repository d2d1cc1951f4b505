"""An expression's value is JMESPath's, whichever way it is computed."""

from typing import Any

import jmespath
import pytest

from schemas.expression import compiled

DOCUMENT = {"a": {"b": {"c": 1}, "n": None, "l": [{"b": 2}, {"b": 3}]}, "t": "x", "f": False}


@pytest.mark.parametrize(
    "text",
    ["a", "a.b", "a.b.c", "a.b.c.d", "a.n", "a.n.x", "a.l.b", "a.l[].b", "t.x", "f", "z", "z.y", "'a.b'", "`1`", "@"],
)
@pytest.mark.parametrize("document", [DOCUMENT, [DOCUMENT], "a", None, 1], ids=lambda document: type(document).__name__)
def test_a_path_that_is_walked_gives_what_jmespath_gives(text: str, document: Any) -> None:
    assert compiled(text)(document) == jmespath.search(text, document)
