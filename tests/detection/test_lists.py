"""Elements of lists are words of a table, not credentials; a key's own value is one."""

from __future__ import annotations

import pytest

from tests.scans import values


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        ("a.php", "<?php\n$c = ['PW' => ['palau8', 'en2x']];\n", []),
        ("a.php", "<?php\n$c = ['PW' => array('palau8', 'en2x')];\n", []),
        ("a.php", "<?php\n$c = ['password' => 'n0t-real', 'user' => 'fans'];\n", ["n0t-real"]),
        ("a.php", "<?php\n$c = ['user' => 'fans', 'password' => 'n0t-real'];\n", ["n0t-real"]),
        ("a.php", "<?php\n$c['password'] = ['n0t-real'];\n", ["n0t-real"]),
        ("a.php", "<?php\ndefine('DB_PASSWORD', 'n0t-real');\n", ["n0t-real"]),
        ("a.js", 'index({"password": [2222, 1010, 1717], "x": 1});\n', []),
        ("a.js", 'var c = {"a": [1, 2], "password": "n0t-real"};\n', ["n0t-real"]),
        ("a.json", '{"password": ["words9", "of9", "search9"]}\n', []),
    ],
)
def test_a_list_under_the_name_of_a_password(path: str, text: str, found: list[str]) -> None:
    assert values(text, path) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("$l = [['name' => 'A shop', 'url' => 'http://shop.partner-company.de/x']];", []),
        ("$l = ['url' => 'http://shop.partner-company.de/x', 'title' => 'A shop'];", []),
        ("$l = ['url' => 'http://shop.partner-company.de/x', 'timeout' => 3];", ["shop.partner-company.de"]),
        (
            "$l = [['name' => 'A'], ['url' => 'http://shop.partner-company.de/x']];",
            ["shop.partner-company.de"],
        ),
        ("$url = 'http://shop.partner-company.de/x'; $name = 'x';", ["shop.partner-company.de"]),
    ],
)
def test_an_address_beside_a_title_is_a_link(text: str, found: list[str]) -> None:
    assert values(f"<?php\n{text}\n") == found
