"""`portability rules`: lists, shows, checks and begins rules."""

from __future__ import annotations

from pathlib import Path

from portability.console import Console
from portability.errors import ExitCode, UsageError
from portability.planning.survey import rulebook
from portability.rulebook.book import Rule, read_rule
from portability.scanning.rulecheck import check, examples
from portability.system.files import write_atomic


def run_list(console: Console) -> int:
    """Prints a line a rule."""
    rules = rulebook(console.settings()).rules.values()
    width = max((len(rule.id) for rule in rules), default=0)
    for rule in rules:
        console.out(f"{rule.id:<{width}}  {rule.service:<13}  {rule.title}")
    return ExitCode.OK


def run_show(console: Console, rule_id: str) -> int:
    """Prints the rule; UsageError for one that isn't there or is off."""
    book = rulebook(console.settings()).only([rule_id])
    for line in described(book.rules[rule_id]):
        console.out(line)
    return ExitCode.OK


def described(rule: Rule) -> list[str]:
    """The rule in lines: what, why, where it can be read up, what it finds and what it doesn't."""
    lines = [f"{rule.id}: {rule.title}", f"  {rule.service} {rule.kind}, confidence {rule.confidence}", ""]
    lines += [f"  {' '.join(rule.why.split())}", *(f"  {reference}" for reference in rule.references), ""]
    for example in examples(rule):
        text = example.text.strip().replace("\n", "\n      ")
        found = ", ".join(example.finds)
        lines.append(f"  {'finds ' + found if found else 'finds nothing'} in {example.path}:")
        lines.append(f"      {text}")
    return lines


def run_check(console: Console, files: tuple[Path, ...]) -> int:
    """Prints every example that fails; 1 if any does."""
    book = rulebook(console.settings())
    rules = [read_rule(file) for file in files] or list(book.rules.values())
    problems = [problem for rule in rules for problem in check(rule, book)]
    for problem in problems:
        console.out(f"{problem.where}: {problem.what}")
    count = sum(len(list(examples(rule))) for rule in rules)
    console.out(f"{len(rules)} rules, {count} examples: {len(problems) or 'no'} problems")
    return ExitCode.FINDINGS if problems else ExitCode.OK


def run_new(console: Console, file: Path) -> int:
    """Writes the beginning of a rule; UsageError where there is a file already."""
    if file.exists():
        raise UsageError(f"there is a file {file} already", hint="choose another name")
    if file.suffix != ".yaml":
        raise UsageError("a rule file's name ends in .yaml", hint=f"{file.stem}.yaml")
    write_atomic(file, _BEGINNING.format(id=file.stem).encode("utf-8"))
    console.out(f"Wrote {file}. Change everything in it, then: portability rules check {file}")
    return ExitCode.OK


_BEGINNING = """\
id: {id}
title: the endpoint of our search cluster
service: elasticsearch
kind: host
category: host
# literals: `find` over every text. keys: `names` that a value has. calls: arguments of functions.
where: literals
find: '(?P<value>search-[a-z0-9-]+\\.fans\\.internal)'
# Bytes of which one must be in a file; without them every file would have to be parsed.
keywords: [fans.internal]
key: ELASTICSEARCH_HOST
why: A replica that searches there shows what production's visitors wrote.
references: ['https://12factor.net/backing-services']
# At least two, and what is found in each, exactly. Credentials in examples are visibly fake.
examples:
  - {{as: a.php, text: "<?php\\n$h = 'search-1.fans.internal';\\n", finds: [search-1.fans.internal]}}
  - {{as: a.yaml, text: "search: http://search-2.fans.internal:9200\\n", finds: [search-2.fans.internal]}}
# At least two, one of them a near miss.
counterexamples:
  - {{as: a.php, text: "<?php\\n// search-1.fans.internal\\n"}}
  - {{as: a.php, text: "<?php\\n$h = 'research-1.fans.example';\\n"}}
"""
