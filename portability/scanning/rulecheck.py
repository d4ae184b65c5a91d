"""A rule and the book it stands in in, what is wrong with it by its own examples out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from portability.model import Source
from portability.reading.formats import detect
from portability.rulebook.book import Example, Rule, Rulebook, Where
from portability.scanning.engine import Engine, installed
from portability.scanning.scan import scan
from portability.settings.project import Production, Settings


@dataclass(frozen=True, slots=True)
class Problem:
    """An example that the rule does not live up to: where it stands, and what happened."""

    where: str
    what: str


def check(rule: Rule, book: Rulebook) -> list[Problem]:
    """Run all examples through the whole scan; what the rule finds must be exactly what they say."""
    book = replace(book, rules={**book.rules, rule.id: rule})
    return [problem for example in examples(rule) if (problem := check_example(rule, example, book))]


def examples(rule: Rule) -> Iterator[Example]:
    """The examples, then the counterexamples."""
    yield from rule.examples
    yield from rule.counterexamples


def check_example(rule: Rule, example: Example, book: Rulebook) -> Problem | None:
    """What is wrong with one example; None if nothing. Values of examples are fake and may be shown.

    Examples of the engine's rule are asked of the engine, where it is installed.
    """
    if rule.where is Where.ENGINE and installed() is None:
        return None
    found = finds(rule, example, book)
    if found == example.finds:
        return None
    wanted = ", ".join(example.finds) or "nothing"
    return Problem(
        f"{rule.file}:{example.line}", f"finds {', '.join(found) or 'nothing'} instead of {wanted}"
    )


def finds(rule: Rule, example: Example, book: Rulebook) -> tuple[str, ...]:
    """The values that the rule finds in the example, in their order, the unsure ones too."""
    data = example.text.encode("utf-8")
    source = Source(example.path, data, "utf-8", detect(example.path, data))
    hosts = tuple(pattern for host in example.own for pattern in (host, f"*.{host}"))
    settings = Settings(Path(), Path(), production=Production(hosts=hosts))
    program = installed() if rule.where is Where.ENGINE else None
    result = scan([source], book, settings, Engine(program) if program else None)
    everything = sorted((*result.findings, *result.unsure), key=lambda f: f.span.start)
    return tuple(f.value.text for f in everything if f.rule == rule.id)
