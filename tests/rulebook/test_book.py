"""A rule file is read strictly; every mistake names its line and what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from portability.errors import UsageError
from portability.model import Category, Whose
from portability.rulebook.book import Role, Where, load, read_rule

RULE = """\
id: my-rule
title: a search cluster
service: elasticsearch
kind: host
where: literals
find: '(?P<value>search-\\d\\.fans\\.internal)'
keywords: [Fans.Internal]
why: because
examples:
  - {as: a.php, text: "<?php $a = 'search-1.fans.internal';", finds: [search-1.fans.internal]}
  - {as: b.php, text: "<?php $a = 'search-2.fans.internal';", finds: [search-2.fans.internal]}
counterexamples:
  - {as: a.php, text: "<?php $a = 'x';"}
  - {as: a.php, text: "<?php // search-1.fans.internal"}
"""


def rule_file(folder: Path, text: str, name: str = "my-rule") -> Path:
    file = folder / f"{name}.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_rule_is_read_with_its_defaults(tmp_path: Path) -> None:
    rule = read_rule(rule_file(tmp_path, RULE))
    assert (rule.id, rule.where, rule.category, rule.confidence) == (
        "my-rule",
        Where.LITERALS,
        Category.HOST,
        0.9,
    )
    assert rule.keywords == (b"fans.internal",)
    assert [e.finds for e in rule.examples] == [("search-1.fans.internal",), ("search-2.fans.internal",)]


def test_calls_map_positions_and_names_to_roles(tmp_path: Path) -> None:
    text = (
        RULE.replace("where: literals", "where: calls")
        .replace(
            "find: '(?P<value>search-\\d\\.fans\\.internal)'",
            "calls: [{name: Connect, receiver: '(?i)search', arguments: {0: host, password: password}}]",
        )
        .replace("keywords: [Fans.Internal]\n", "")
    )
    (pattern,) = read_rule(rule_file(tmp_path, text)).calls
    assert pattern.name == "connect" and pattern.arguments == {0: Role.HOST, "password": Role.PASSWORD}


def test_a_rule_of_calls_takes_no_keywords(tmp_path: Path) -> None:
    calls = "where: calls\ncalls:\n  - {name: connect, arguments: {0: host}}\n"
    text = RULE.replace("where: literals\n", calls)
    with pytest.raises(UsageError, match="takes no keywords"):
        read_rule(rule_file(tmp_path, text))


@pytest.mark.parametrize(
    ("change", "message", "hint"),
    [
        (("title:", "titel:"), "unknown key titel", "did you mean title?"),
        (("id: my-rule", "id: other"), "must be my-rule", ""),
        (("where: literals", "where: literal"), "where must be", "did you mean literals?"),
        (("find: '(?P<value>", "find: '((?P<value>"), "no regular expression", ""),
        (("(?P<value>", "("), "needs find", "(?P<value>…)"),
        (("why: because\n", ""), "why is missing", ""),
        (("keywords: [Fans.Internal]\n", ""), "needs keywords", ""),
        (("confidence", "confidence"), "", ""),
        (("  - {as: a.php, text: \"<?php $a = 'x';\"}\n", ""), "at least 2 counterexamples", "own test"),
        ((", finds: [search-2.fans.internal]", ""), "needs as, text and finds", ""),
    ],
)
def test_mistakes_are_told_with_their_place(
    tmp_path: Path, change: tuple[str, str], message: str, hint: str
) -> None:
    file = rule_file(tmp_path, RULE.replace(*change))
    if not message:
        read_rule(file)
        return
    with pytest.raises(UsageError) as caught:
        read_rule(file)
    assert message in caught.value.message
    assert caught.value.where.startswith(str(file)) and hint in caught.value.hint


def test_a_later_folder_replaces_a_rule_and_off_takes_one_out(tmp_path: Path) -> None:
    first, second = tmp_path / "one", tmp_path / "two"
    first.mkdir()
    second.mkdir()
    rule_file(first, RULE)
    rule_file(second, RULE.replace("a search cluster", "another"))
    assert load([first, second]).rules["my-rule"].title == "another"
    assert load([first], off=["my-rule"]).rules == {}
    with pytest.raises(UsageError, match="there is no rule my-rul"):
        load([first], off=["my-rul"])
    with pytest.raises(UsageError, match="no folder of rules"):
        load([tmp_path / "gone"])


def test_lists_of_known_hosts_are_no_rules(tmp_path: Path) -> None:
    folder = tmp_path / "known-hosts"
    folder.mkdir()
    (folder / "a.yaml").write_text(
        "whose: third party\nwhy: x\nhosts: [a.de/api, {host: Pay.de, service: payment}]\n", encoding="utf-8"
    )
    known = load([tmp_path]).known
    assert known.find("x.a.de", "/api/v1") is not None and known.find("a.de", "/") is None
    pay = known.find("www.pay.de")
    assert pay is not None and (pay.whose, pay.service) == (Whose.THIRD_PARTY, "payment")
