"""Small mistakes in the rules are noticed by the rules' own examples."""

from __future__ import annotations

from functools import cache

import pytest

from portability.rulebook.book import Rule, Rulebook, load
from portability.scanning.rulecheck import check_example, examples
from portability.system.resources import rules_folder
from tests.prove.mutations import Mutant, mutants

pytestmark = pytest.mark.prove
ENOUGH = 0.95


@cache
def book() -> Rulebook:
    return load([rules_folder()])


def alone(rule: Rule) -> Rulebook:
    """The rule without the others, so that their keywords don't stand in for its own."""
    return Rulebook({rule.id: rule}, book().known)


def is_caught(mutant: Mutant, original: Rule) -> bool:
    """Whether an example that the rule lives up to alone, or else with the others, fails the mutant."""
    mistaken = mutant.rule
    for example in examples(original):
        by_itself = check_example(original, example, alone(original)) is None
        before = (
            alone(mistaken) if by_itself else Rulebook({**book().rules, mistaken.id: mistaken}, book().known)
        )
        if check_example(mistaken, example, before) is not None:
            return True
    return False


def test_the_examples_notice_nearly_every_mistake() -> None:
    survivors, total = [], 0
    for rule in book().rules.values():
        if rule.find or rule.names or rule.calls:
            for mutant in mutants(rule):
                total += 1
                if not is_caught(mutant, rule):
                    survivors.append(mutant.what)
    caught = 1 - len(survivors) / total
    assert total > 500
    assert caught >= ENOUGH, f"{caught:.1%} of {total} mistakes\n" + "\n".join(survivors)
