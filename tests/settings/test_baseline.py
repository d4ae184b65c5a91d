"""Accepted findings go into the decisions file, and nothing else in it moves."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portability.errors import UsageError
from portability.settings.baseline import added
from portability.settings.decisions import Choice, Decision, dump, loads

NEW = Decision("bbbbbb", "password", "m.php", Choice.ACCEPT, reason="known: on adoption")
WRITTEN = """\
# Ours, since the spring.
version: 1   # the only one
decisions:
  # The importer, see the wiki.
  - path: a.php
    rule: password
    fingerprint: aaaaaa
    decision: key
    key: IMPORT_PASSWORD   # so it is called in the vault

  # Nobody runs this.
  - {path: z.php, rule: own-host, fingerprint: ffffff, decision: skip, reason: 'dead'}
  # The end.
"""
ENTRY = """\
  - {path: m.php, rule: password, fingerprint: bbbbbb, decision: accept, reason: 'known: on adoption'}
"""
EXPIRED = """\
  - path: m.php
    rule: password
    fingerprint: bbbbbb
    decision: accept
    reason: 'known: on adoption'
    until: 2020-01-31
"""


def _added(text: str, *new: Decision) -> str:
    return added(text.encode(), new).decode()


def test_a_new_entry_stands_in_its_place_and_no_other_line_moves() -> None:
    assert _added(WRITTEN, NEW) == WRITTEN.replace("  # Nobody", ENTRY + "  # Nobody")
    last = Decision("cccccc", "password", "zz.php", Choice.ACCEPT, reason="known: on adoption")
    behind = ENTRY.replace("m.php", "zz.php").replace("bbbbbb", "cccccc")
    assert _added(WRITTEN, last) == WRITTEN.replace("  # The end", behind + "  # The end")
    assert set(loads(_added(WRITTEN, last, NEW).encode(), "d")) == {*loads(WRITTEN.encode(), "d"), NEW, last}


def test_without_anything_new_the_file_stays() -> None:
    assert _added(WRITTEN) == WRITTEN
    assert added(None, [NEW]).decode() == dump([NEW])


def test_an_entry_that_has_expired_makes_way() -> None:
    old = f"version: 1\ndecisions:\n{EXPIRED}  # Keep this.\n"
    assert _added(old, NEW) == f"version: 1\ndecisions:\n{ENTRY}  # Keep this.\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", f"decisions:\n{ENTRY}"),
        ("# mine\nversion: 1\n", f"# mine\nversion: 1\ndecisions:\n{ENTRY}"),
        ("decisions: []  # none yet\nversion: 1\n", f"decisions:   # none yet\n{ENTRY}version: 1\n"),
        ("version: 1\ndecisions:", f"version: 1\ndecisions:\n{ENTRY}"),
    ],
)
def test_a_file_without_entries(before: str, after: str) -> None:
    assert _added(before, NEW) == after


def test_line_ends_and_indents_are_those_of_the_file() -> None:
    windows = WRITTEN.replace("\n", "\r\n")
    assert _added(windows, NEW) == _added(WRITTEN, NEW).replace("\n", "\r\n")
    flush = "decisions:\n- {path: a.php, rule: r, fingerprint: aaaaaa, decision: safe}\nversion: 1\n"
    indented = "".join(line[2:] + "\n" for line in ENTRY.splitlines())
    assert _added(flush, NEW) == flush.replace("version", indented + "version")


@pytest.mark.parametrize(
    "text",
    [
        "decisions: [{path: a, rule: r, fingerprint: aaaaaa, decision: safe}]\n",
        "{version: 1, decisions: [{path: a, rule: r, fingerprint: aaaaaa, decision: safe}]}\n",
        "{version: 1}\n",
    ],
)
def test_a_form_that_nothing_can_be_added_to_is_told(text: str) -> None:
    with pytest.raises(UsageError, match="no entries can be added to the decisions as they are written"):
        _added(text, NEW)


_ENTRIES = st.lists(
    st.builds(
        Decision,
        fingerprint=st.from_regex(r"[0-9a-f]{6,9}", fullmatch=True),
        rule=st.sampled_from(["password", "own-host"]),
        path=st.text(min_size=1, max_size=9, alphabet=st.characters(exclude_categories=["Cs"])).filter(
            str.strip
        ),
        decision=st.just(Choice.ACCEPT),
        reason=st.text(min_size=1, max_size=20).filter(str.strip),
        until=st.none() | st.just(date(2030, 1, 1)),
    ),
    max_size=6,
    unique_by=lambda entry: entry.fingerprint,
)


@given(_ENTRIES, st.data())
def test_entry_by_entry_or_all_at_once_comes_to_the_same(
    entries: list[Decision], data: st.DataObject
) -> None:
    split = data.draw(st.integers(0, len(entries)))
    first, rest = entries[:split], entries[split:]
    assert added(dump(first).encode(), rest) == dump(entries).encode()
