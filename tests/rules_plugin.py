"""Every rule file is its own test: each example and counterexample becomes one test item."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from portability.rulebook.book import KNOWN_HOSTS, Example, Rule, Rulebook, load, read_known, read_rule
from portability.scanning.rulecheck import check_example, examples
from portability.system.resources import rules_folder


@cache
def book() -> Rulebook:
    """The shipped rules, loaded once."""
    return load([rules_folder()])


class RuleFile(pytest.File):
    """A file of rules/."""

    def collect(self) -> Iterator[pytest.Item]:
        if KNOWN_HOSTS in self.path.parts:
            yield KnownItem.from_parent(self, name="hosts")
            return
        rule = read_rule(self.path)
        for number, example in enumerate(examples(rule), 1):
            kind = "finds" if example.finds else "ignores"
            yield ExampleItem.from_parent(self, name=f"{number}-{kind}", rule=rule, example=example)


class ExampleItem(pytest.Item):
    """One example of a rule."""

    def __init__(self, *, rule: Rule, example: Example, **kwargs: object) -> None:
        super().__init__(**kwargs)  # type: ignore[arg-type]
        self.rule = rule
        self.example = example

    def runtest(self) -> None:
        problem = check_example(self.rule, self.example, book())
        assert problem is None, f"{problem.where}: {problem.what}\n{self.example.text}"


class KnownItem(pytest.Item):
    """A list of known hosts: it loads, names each host once, and says why it is there."""

    def runtest(self) -> None:
        hosts = [(known.host, known.path) for known in read_known(self.path)]
        doubles = {host for host in hosts if hosts.count(host) > 1}
        assert hosts, "the list is empty"
        assert not doubles, f"named twice: {doubles}"


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect what lies in rules/."""
    if file_path.suffix == ".yaml" and rules_folder() in file_path.parents:
        return RuleFile.from_parent(parent, path=file_path)
    return None
