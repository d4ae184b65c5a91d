"""For any mixture of files: apply then undo is the identity, and a second apply makes no second edit."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portability.applying import apply as work
from portability.planning import proving
from portability.planning.project import Wishes, planned
from portability.proving.php import Php
from portability.settings import project as project_settings
from tests.shop import SETTINGS, tree, write

TODAY = date(2026, 1, 31)
HOSTS = st.sampled_from(["www.shop.example", "db1.shop.example", "mail.shop.example", "shop.example"])
STRANGERS = st.sampled_from(["relay.mail-partner.de", "mail-partner.de", "status.mail-partner.de"])
QUOTES = st.sampled_from(["'", '"'])
ENDS = st.sampled_from(["\n", "\r\n"])


@st.composite
def php(draw: st.DrawFn) -> bytes:
    """A PHP file: with or without a byte order mark, a namespace, page text, a last line end, Latin-1."""
    end = draw(ENDS)
    lines = []
    for number in range(draw(st.integers(1, 4))):
        host, other, quote = draw(HOSTS), draw(STRANGERS), draw(QUOTES)
        lines.append(
            draw(
                st.sampled_from(
                    [
                        f"$v{number} = {quote}https://{host}/p{quote};",
                        f"$v{number} = ['a' => {quote}{host}{quote}, 'b' => 1];",
                        f"function f{number}($x = {quote}{host}{quote}) {{ return $x; }}",
                        f"$t{number} = <<<EOT{end}see https://{host}/ now{end}EOT;",
                        f"class C{number} {{ const H = {quote}{host}{quote}; }}",
                        f"echo {quote}caf\xe9 https://{host}/{quote};",
                        f"define('PROXY_HOST_{number}', {quote}{other}{quote});",
                        f"$l{number} = [{quote}http://{other}/x{quote}, {quote}{other}{quote}];",
                    ]
                )
            )
        )
    head = draw(st.sampled_from(["<?php", "<?php declare(strict_types=1);", "<?php namespace A;"]))
    tail = draw(st.sampled_from(["", end, f"{end}?>{end}<p>https://www.shop.example/</p>"]))
    text = head + end + end.join(lines) + tail
    mark = draw(st.sampled_from([b"", b"\xef\xbb\xbf"])) if head == "<?php" else b""
    return mark + text.encode("utf-8" if mark else "latin-1")


@st.composite
def others(draw: st.DrawFn) -> tuple[str, bytes]:
    """A file of another language."""
    host, end = draw(HOSTS), draw(ENDS)
    return draw(
        st.sampled_from(
            [
                ("a.ini", f'[a]{end}url = "https://{host}/"{end}'.encode()),
                ("a.json", f'{{"url": "https://{host}/"}}'.encode()),
                ("a.yaml", f"url: https://{host}/{end}".encode()),
                ("a.sh", f"#!/bin/sh\ncurl https://{host}/x\n".encode()),
                ("a.py", f"URL = 'https://{host}/x'\n".encode()),
            ]
        )
    )


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(php(), min_size=1, max_size=3), st.lists(others(), max_size=3, unique_by=lambda one: one[0]))
def test_apply_then_undo_is_the_identity_and_a_second_apply_edits_nothing(
    pages: list[bytes], more: list[tuple[str, bytes]]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name).resolve()
        write(root, "portability.yaml", SETTINGS)
        for number, data in enumerate(pages):
            write(root, f"p{number}.php", data).chmod(0o640)
        for path, data in more:
            write(root, path, data)
        before = tree(root)
        there = project_settings.load(root)
        _, plan = planned(there, Wishes(), TODAY)
        proven = proving.prove(there, plan, Php.find())
        assert proven.unproven == ()
        work.write(there, proven.plan)
        after = tree(root)
        _, again = planned(replace(there), Wishes(), TODAY)
        assert again.edits == 0
        assert again.files == ()
        assert tree(root) == after
        if proven.plan.files:
            assert after != before
            work.undo(there)
        assert tree(root) == before
