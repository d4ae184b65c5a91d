"""Lines of files in no known language."""

from __future__ import annotations

import pytest

from portability.detection.plaintext import is_read, literals
from portability.model import Position, Source


@pytest.mark.parametrize(
    ("path", "data", "read"),
    [
        ("conf/nginx.conf.example", b"", True),
        ("deploy/haproxy.cfg", b"", True),
        ("bin/update.pl", b"", True),
        ("bin/update", b"#!/usr/bin/perl -w\n", True),
        ("Dockerfile.web", b"", True),
        ("README.md", b"", False),
        ("CHANGELOG", b"", False),
        ("data.csv", b"", False),
    ],
)
def test_only_what_a_machine_reads(path: str, data: bytes, read: bool) -> None:
    assert is_read(Source(path, data)) is read


def test_lines_have_their_first_word_for_a_name_and_comments_are_told() -> None:
    data = b"# old\n\n  server_name www.fans.example;  # the site\nproxy_pass http://10.0.0.5;\n"
    found = list(literals(Source("a.conf", data)))
    assert [(x.text, x.names, x.position) for x in found] == [
        ("# old", (), Position.COMMENT),
        ("server_name www.fans.example;", ("server_name",), Position.VALUE),
        ("proxy_pass http://10.0.0.5;", ("proxy_pass",), Position.VALUE),
    ]
    for literal in found:
        assert data[literal.span.start : literal.span.end].decode() == literal.text
