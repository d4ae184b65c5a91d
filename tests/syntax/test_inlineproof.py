"""Whole files are proven, or the reason is told."""

from __future__ import annotations

import pytest

from portability.model import Claim
from portability.syntax.inlineproof import problem

VALUES = {"K": "a.example"}


@pytest.mark.parametrize(
    ("language", "after", "claim"),
    [
        ("python", b"x = AppEnv.K\n", Claim(b"'a.example'", b"AppEnv.K")),
        ("shell", b'x="${AppEnv_K:?}"\n', Claim(b"a.example", b'"${AppEnv_K:?}"')),
        ("javascript", b"let x = AppEnv.K;\n", Claim(b"'a.example'", b"AppEnv.K")),
    ],
)
def test_a_file_is_proven_or_not(language: str, after: bytes, claim: Claim) -> None:
    assert problem(language, after, [claim], VALUES) == ""
    assert "1 of 1 edits" in problem(language, after, [claim], {"K": "b.example"})
    assert "parsed" in problem(language, after + b"if (", [claim], VALUES)
