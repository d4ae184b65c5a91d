"""A rule is held to its own examples, exactly."""

from __future__ import annotations

from pathlib import Path

from portability.rulebook.book import read_rule
from portability.scanning.rulecheck import check
from tests.scans import book

RULE = """\
id: fans-search
title: a search cluster
service: elasticsearch
where: literals
find: '(?P<value>search-\\d\\.fans\\.internal)'
keywords: [fans.internal]
why: because
examples:
  - {as: a.php, text: "<?php $a = 'search-1.fans.internal';", finds: [search-1.fans.internal]}
  - {as: a.yaml, text: "a: search-2.fans.internal", finds: [WANTED]}
counterexamples:
  - {as: a.php, text: "<?php $a = 'COUNTER';"}
  - {as: a.php, text: "<?php // search-1.fans.internal"}
"""


def problems(folder: Path, wanted: str, counter: str) -> list[str]:
    file = folder / "fans-search.yaml"
    file.write_text(RULE.replace("WANTED", wanted).replace("COUNTER", counter), encoding="utf-8")
    return [f"{p.where.removeprefix(str(folder))} {p.what}" for p in check(read_rule(file), book())]


def test_a_rule_that_keeps_its_word(tmp_path: Path) -> None:
    assert problems(tmp_path, "search-2.fans.internal", "search-x.fans.internal") == []


def test_what_it_breaks_is_told_with_the_line(tmp_path: Path) -> None:
    assert problems(tmp_path, "search-3.fans.internal", "search-9.fans.internal") == [
        "/fans-search.yaml:10 finds search-2.fans.internal instead of search-3.fans.internal",
        "/fans-search.yaml:12 finds search-9.fans.internal instead of nothing",
    ]
