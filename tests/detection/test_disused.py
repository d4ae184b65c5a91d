"""Credentials in commented-out code."""

from __future__ import annotations

import pytest

from tests.scans import scanned


@pytest.mark.parametrize(
    ("comment", "names"),
    [
        ("// $dbPassword = 'n0t-real';", ["dbPassword"]),
        ("# define('API_TOKEN', 'n0t-real-9');", ["API_TOKEN"]),
        ("/* 'ftp_pwd' => 'n0t-real', */", ["ftp_pwd"]),
        ("// $password = 'your password';", []),
        ("// the password is asked for: 'why'", []),
        ("// $user = 'n0t-real';", []),
    ],
)
def test_notes(comment: str, names: list[str]) -> None:
    notes = scanned({"a.php": f"<?php\n$x = 1; // http://a.fans.example\n{comment}\n"}).notes
    assert [n.what for n in notes] == [f"commented out: a credential ({name})" for name in names]
    assert all(n.line == 3 for n in notes)
