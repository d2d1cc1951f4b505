"""`reports:` of pipegauge.yaml: what the path of a test report says of its tests."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from schemas.events import TestLevel
from schemas.globs import glob_pattern
from schemas.section import Section

LEVEL_WORDS: Mapping[str, TestLevel] = {
    "unit": "unit",
    "integration": "integration",
    "system": "system",
    "end-to-end": "system",
    "e2e": "system",
    "acceptance": "acceptance",
    "performance": "performance",
    "security": "security",
    "other": "other",
}
"""The words for a level of tests, and the level that each means."""


def _level(word: object) -> object:
    return LEVEL_WORDS.get(word, word) if isinstance(word, str) else word


class ReportRule(Section):
    """Reports whose path fits `path`, a glob such as `**/e2e/**`, are of tests of this `level`, `automated` or not.

    What a sender says of a report wins over the rules; of two rules that fit, the first that says it.
    """

    path: str = Field(min_length=1)
    level: Annotated[TestLevel | None, BeforeValidator(_level)] = None
    automated: bool | None = None

    @field_validator("path")
    @classmethod
    def _lies_in_the_repository(cls, value: str) -> str:
        if value.startswith("/") or ".." in value.split("/"):
            raise ValueError(f"{value!r} leaves the repository; write a path from its root, such as `**/e2e/**`")
        if "\\" in value:
            raise ValueError(f"{value!r} has a backslash; write folders with /")
        return value

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.level is None and self.automated is None:
            raise ValueError("says nothing of the reports at its path; add `level:` or `automated:`")
        return self

    def fits(self, path: str) -> bool:
        """Whether the rule is about the report at `path`, from the repository's root."""
        return _pattern(self.path).match(path.removeprefix("./")) is not None


def level_by_path(rules: Sequence[ReportRule], path: str | None) -> TestLevel | None:
    """The level that the first rule that fits and says one gives; None where none does."""
    return next((rule.level for rule in _fitting(rules, path) if rule.level is not None), None)


def is_automated_by_path(rules: Sequence[ReportRule], path: str | None) -> bool | None:
    """Whether the first rule that fits and says so calls the tests automated; None where none does."""
    return next((rule.automated for rule in _fitting(rules, path) if rule.automated is not None), None)


def _fitting(rules: Sequence[ReportRule], path: str | None) -> list[ReportRule]:
    return [rule for rule in rules if path is not None and rule.fits(path)]


@lru_cache(1_000)
def _pattern(glob: str) -> re.Pattern[str]:
    return glob_pattern(glob)
