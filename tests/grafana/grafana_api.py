"""Grafana's API by its own description: whether a request is one that it describes, and an answer too."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema


class Violation(AssertionError):
    """A request or an answer that the description does not have."""


class Description:
    """An OpenAPI 2 document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.paths = [(_pattern(path), path) for path in sorted(document["paths"], key=lambda path: "{" in path)]

    def operation(self, method: str, path: str) -> dict[str, Any]:
        """The operation at a path (without /api). Raises Violation."""
        for pattern, name in self.paths:
            if pattern.fullmatch(path) and method.lower() in self.document["paths"][name]:
                found: dict[str, Any] = self.document["paths"][name][method.lower()]
                return found
        raise Violation(f"the description has no {method} {path}")

    def check_request(self, method: str, path: str, body: object, headers: set[str]) -> None:
        """Raises Violation for a request that is not described: its path, a field, a type, an X- header."""
        operation = self.operation(method, path)
        parameters = operation.get("parameters", [])
        body_schemas = [parameter["schema"] for parameter in parameters if parameter["in"] == "body"]
        if body is not None and not body_schemas:
            raise Violation(f"{method} {path} takes no body")
        for schema in body_schemas:
            self._check(body, schema, f"{method} {path}", closed=True)
        known = {parameter["name"].lower() for parameter in parameters if parameter["in"] == "header"}
        strange = {header for header in headers if header.startswith("x-")} - known
        if strange:
            raise Violation(f"{method} {path} takes no header {strange}")

    def check_answer(self, method: str, path: str, status: int, body: object) -> None:
        """Raises Violation for an answer that the real Grafana would not give."""
        responses = self.operation(method, path)["responses"]
        if str(status) not in responses:
            raise Violation(f"{method} {path} is never answered {status}")
        response = responses[str(status)]
        if "$ref" in response:
            response = self.document["responses"][response["$ref"].rpartition("/")[2]]
        if "schema" in response and status < 300:
            self._check(body, response["schema"], f"answer to {method} {path}", closed=False)

    def _check(self, value: object, schema: dict[str, Any], what: str, *, closed: bool) -> None:
        whole = {**schema, "definitions": self._definitions(closed)}
        try:
            jsonschema.Draft4Validator(whole).validate(value)
        except jsonschema.ValidationError as error:
            raise Violation(f"{what}: {error.json_path}: {error.message}") from error

    @cache  # noqa: B019  # one description lives as long as the tests
    def _definitions(self, closed: bool) -> dict[str, Any]:
        definitions = self.document["definitions"]
        if not closed:
            return dict(definitions)
        return {
            name: {"additionalProperties": False, **model} if model.get("properties") else model
            for name, model in definitions.items()
        }


def read_description(file: Path) -> Description:
    return Description(json.loads(file.read_text("utf-8")))


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)))
