"""Decisions survive the file and git's merges; a bad entry is told with its line."""

from __future__ import annotations

import random
import subprocess
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portability.errors import UsageError
from portability.settings.decisions import Choice, Decision, active, dump, expired, load, loads, unused

KEY = Decision("3f9a01", "aws-rds-endpoint", "app/db.php", Choice.KEY, "DB_HOST")
SKIP = Decision("77e120", "url", "o/a.php", Choice.SKIP, "", "no: dead", date(2026, 12, 31))
ACCEPT = Decision("1234567", "ip-address", "cron/b.sh", Choice.ACCEPT, "", "on adoption")

HEAD = """\
# What people decided about findings of portability, sorted. What the program adds stands in its
# place; comments and all that people wrote stay as they are.
version: 1
decisions:
"""
GOLDEN = f"""\
{HEAD}\
  - {{path: app/db.php, rule: aws-rds-endpoint, fingerprint: 3f9a01, decision: key, key: DB_HOST}}
  - {{path: cron/b.sh, rule: ip-address, fingerprint: '1234567', decision: accept, reason: 'on adoption'}}
  - {{path: o/a.php, rule: url, fingerprint: 77e120, decision: skip, reason: 'no: dead', until: 2026-12-31}}
"""
BY_HAND = f"""\
{HEAD}\
  - path: app/db.php
    rule: aws-rds-endpoint
    fingerprint: 3f9a01
    decision: key
    key: DB_HOST
  - path: cron/b.sh
    rule: ip-address
    fingerprint: '1234567'
    decision: accept
    reason: 'on adoption'
  - path: o/a.php
    rule: url
    fingerprint: 77e120
    decision: skip
    reason: 'no: dead'
    until: 2026-12-31
"""


def test_the_file_is_sorted_and_readable() -> None:
    assert dump([SKIP, KEY, ACCEPT, KEY]) == GOLDEN
    assert loads(GOLDEN.encode(), "d.yaml") == loads(BY_HAND.encode(), "d.yaml") == (KEY, ACCEPT, SKIP)


_TEXT = st.text(min_size=1, max_size=20, alphabet=st.characters(exclude_categories=["Cs"])).filter(str.strip)
_ENTRY = st.builds(
    Decision,
    fingerprint=st.from_regex(r"[0-9a-f]{6,16}", fullmatch=True) | st.sampled_from(["1e5", "0x1f", "0017"]),
    rule=_TEXT,
    path=_TEXT,
    decision=st.sampled_from([Choice.SKIP, Choice.ACCEPT]),
    reason=_TEXT,
    until=st.none() | st.dates(),
) | st.builds(
    Decision,
    fingerprint=st.from_regex(r"[0-9a-f]{6,16}", fullmatch=True),
    rule=_TEXT,
    path=_TEXT,
    decision=st.just(Choice.KEY),
    key=st.from_regex(r"[A-Z][A-Z0-9_]{0,20}", fullmatch=True),
    reason=st.just("") | _TEXT,
)


@given(st.lists(_ENTRY, max_size=6, unique_by=lambda entry: entry.fingerprint), st.randoms())
def test_any_decisions_come_back_and_their_order_does_not_matter(
    entries: list[Decision], chance: random.Random
) -> None:
    text = dump(entries)
    read = loads(text.encode(), "d.yaml")
    assert set(read) == set(entries)
    chance.shuffle(entries)
    assert dump(entries) == dump(read) == text


def test_two_branches_that_decide_about_distant_files_merge(tmp_path: Path) -> None:
    many = [Decision(f"{n:06x}", "r", f"f{n:02}.php", Choice.ACCEPT, "", "why") for n in range(10, 20)]
    early = Decision("aaaaaa", "r", "f00.php", Choice.KEY, "A")
    late = Decision("bbbbbb", "r", "f99.php", Choice.KEY, "B")
    for name, decisions in {"base": many, "ours": [*many, early], "theirs": [late, *many]}.items():
        (tmp_path / name).write_text(dump(decisions))
    command = ["git", "merge-file", "-p", "ours", "base", "theirs"]
    merged = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True).stdout
    assert merged.decode() == dump([*many, early, late])


def test_an_entry_that_a_merge_doubled_counts_once() -> None:
    doubled = GOLDEN + GOLDEN.split("decisions:\n")[1]
    assert loads(doubled.encode(), "d.yaml") == (KEY, ACCEPT, SKIP)


def test_decisions_expire_after_their_last_day_and_are_reported() -> None:
    assert active([KEY, SKIP], date(2026, 12, 31)) == (KEY, SKIP)
    assert active([KEY, SKIP], date(2027, 1, 1)) == (KEY,)
    assert expired([KEY, SKIP], date(2027, 1, 1)) == (SKIP,)


def test_decisions_that_answer_no_finding_are_told() -> None:
    assert unused([KEY, SKIP, ACCEPT], {"77e120"}) == (KEY, ACCEPT)


def test_no_file_is_no_decision(tmp_path: Path) -> None:
    assert load(tmp_path) == ()
    (tmp_path / "portability-decisions.yaml").write_text(GOLDEN)
    assert load(tmp_path) == (KEY, ACCEPT, SKIP)


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("    reason: 'no: dead'\n", "", 15, "decisions[2] must say why"),
        ("'no: dead'", "' '", 15, "decisions[2] must say why"),
        ("    key: DB_HOST\n", "", 5, "decisions[0] must name a key"),
        ("key: DB_HOST", "key: db-host", 9, "decisions[0].key must name a key"),
        ("decision: accept", "decision: acept", 13, "decisions[1].decision must be key or skip"),
        ("decision: accept", "decision: accept\n    key: X", 14, "decisions[1].key belongs to decision: key"),
        ("2026-12-31", "soon", 20, "decisions[2].until must be a day"),
        ("2026-12-31", "2026-02-30", 20, "decisions[2].until must be a day"),
        ("    rule: ip-address\n", "", 10, "decisions[1] lacks rule"),
        ("77e120", "3f9a01", 15, "decisions[2] disagrees with an earlier entry for 3f9a01"),
        ("fingerprint: 77e120", "finger: 77e120", 17, "unknown key decisions[2].finger"),
        ("version: 1", "version: 2", 3, "version must be 1"),
        ("version: 1", "<<<<<<< ours\nversion: 1", 3, "a merge conflict is not resolved"),
        ("decisions:\n", "decisions: &a\n", 4, "anchors and aliases"),
    ],
)
def test_a_bad_entry_is_told_with_its_line(old: str, new: str, line: int, message: str) -> None:
    text = BY_HAND.replace(old, new, 1)
    assert text != BY_HAND
    with pytest.raises(UsageError) as caught:
        loads(text.encode(), "d.yaml")
    assert caught.value.message.startswith(message)
    assert caught.value.where == f"d.yaml:{line}"


def test_a_file_name_that_is_not_utf8_can_be_written() -> None:
    entry = Decision("abcdef", "r", "caf\udce9.php", Choice.SKIP, "", "old")
    assert loads(dump([entry]).encode(), "d.yaml")[0].path == "caf\\xe9.php"
