"""What is packed is the same when it is taken out, and tells what is asked of it most without."""

from __future__ import annotations

import pickle

import pytest

from portability.model import Apart, Claim, Edit, Rewrite, Span
from portability.planning.packing import About, Packed, about, packed, packed_edits

CASES = Apart(Span(0, 90), (b"other",))
EDITS = (
    Edit("a.php", 1, Rewrite(Span(5, 5), b" require;", technique="guard")),
    Edit("a.php", 3, Rewrite(Span(9, 12), b"\\E\\B", claim=Claim(b"'b'", b"\\E\\B"), keys=("B",)), ("f1",)),
    Edit(
        "a.php",
        4,
        Rewrite(Span(20, 30), b"x", reason="look", claim=Claim(b"a", b"b", apart=CASES), keys=("A", "B")),
        ("f2", "f3"),
    ),
    Edit("a.php", 9, Rewrite(Span(40, 41), b"x", claim=Claim(b"a", b"b", apart=CASES), keys=("C",)), ("f4",)),
)


def test_edits_come_out_as_they_went_in() -> None:
    kept = packed_edits(EDITS)
    assert tuple(kept) == EDITS
    assert kept[1] == EDITS[1]
    assert list(kept[1:3]) == list(EDITS[1:3])
    assert len(kept) == 4
    assert EDITS[2] in kept
    assert not packed(())


def test_packed_or_not_they_are_equal() -> None:
    assert packed_edits(EDITS) == EDITS
    assert packed_edits(EDITS) == packed_edits(list(EDITS))
    assert packed_edits(EDITS[:3]) != EDITS
    assert packed_edits((*EDITS[:3], EDITS[0])) != EDITS
    assert hash(packed_edits(EDITS)) == hash(EDITS)


def test_what_is_asked_most_is_told_without_taking_them_out(monkeypatch: pytest.MonkeyPatch) -> None:
    told = About(("B", "A", "C"), 3, ((4, "look"),), ((Span(0, 90), ("A", "B", "C")),))
    kept = packed_edits(EDITS)
    monkeypatch.setattr(Packed, "__iter__", pytest.fail)
    assert about(kept) == told
    assert about(EDITS) == told


def test_they_go_to_another_process_small() -> None:
    edits = tuple(
        Edit(
            "a.php",
            line,
            Rewrite(Span(line * 40, line * 40 + 9), b"\\E\\HOST", keys=("HOST",)),
            (f"{line:020}",),
        )
        for line in range(500)
    )
    sent = pickle.dumps(packed_edits(edits))
    assert pickle.loads(sent) == edits
    assert len(sent) < len(pickle.dumps(edits)) / 4
