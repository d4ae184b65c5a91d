"""Serialised text in files of every format: rendered for another environment, the real PHP reads it."""

from __future__ import annotations

import json
import subprocess
from datetime import date
from pathlib import Path

import pytest

from portability.model import Safety, Scalar
from portability.planning import proving
from portability.planning.plans import PlannedFile
from portability.planning.project import Wishes, planned
from portability.planning.serialproof import problem
from portability.proving.php import Php
from portability.settings.project import load
from portability.values.templates import render_template

SETTINGS = "version: 1\nproduction: {hosts: [shop.example]}\nenvironments: {production: {}, loadtest: {}}\n"
INNER = 'a:2:{s:3:"url";s:24:"https://www.shop.example";s:1:"n";s:5:"é-x";}'.replace("é-x", "é-xy")
FLAT = 'a:1:{s:3:"url";s:24:"https://www.shop.example";}'
NESTED = f'a:1:{{s:1:"w";s:{len(INNER.encode())}:"{INNER}";}}'
JSON = json.dumps({"x": NESTED})

FILES = {
    "a.json": JSON,
    "b.json": JSON.replace("/", "\\/"),
    "c.yaml": f"x: '{NESTED}'\n",
    "d.yaml": f"x: |\n  {NESTED}\n",
    "e.ini": f"[a]\nx = '{NESTED}'\n",
    "f.sql": f"INSERT INTO o VALUES (1,'w','{NESTED}','yes');\n",
    "g.sql": "INSERT INTO o VALUES (1,'w','" + NESTED.replace('"', '\\"') + "','yes');\n",
    "h.xml": f"<a><b>{NESTED}</b></a>\n",
    "i.xml": '<a b="' + NESTED.replace('"', "&quot;") + '"/>\n',
    "j.py": f"OPTION = '{NESTED}'\n",
    "k.js": f"var option = '{NESTED}';\n",
    "l.sh": f"#!/bin/sh\nwp option set x '{NESTED}'\n",
    ".env": f"OPTION='{NESTED}'\n",
    "m.conf": f"option={NESTED}\n",
}
"""A file of each format with the same value in it, in the format's own spelling."""

UNSERIALISE = """
$found = unserialize(stream_get_contents(STDIN));
echo json_encode(unserialize($found['w']));
"""
SHORT, LONG = "lt.test", "www.a-much-longer-name-than-production-has.load-test.example"


@pytest.fixture(scope="module")
def php() -> Php:
    return Php.find()


def _plan(root: Path, name: str, text: str, php: Php) -> proving.Proven:
    (root / "portability.yaml").write_text(SETTINGS, "utf-8")
    (root / name).write_text(text, "utf-8")
    settings = load(root)
    _, plan = planned(settings, Wishes((), (), True), date(2020, 1, 1))
    return proving.prove(settings, plan, php)


def _unserialised(name: str, text: str) -> dict[str, str]:
    """What the real PHP reads in the value of a rendered file."""
    plain = json.loads(text)["x"] if name.endswith(".json") else text.replace('\\"', '"')
    plain = plain.replace("&quot;", '"')
    begin = plain.index("a:1:")
    value = plain[begin : plain.rindex("}") + 1]
    done = subprocess.run(
        ["php", "-n", "-r", UNSERIALISE], input=value.encode(), capture_output=True, timeout=60, check=True
    )
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("host", [SHORT, LONG])
def test_the_counts_follow_the_value(name: str, host: str, php: Php, tmp_path: Path) -> None:
    proven = _plan(tmp_path, name, FILES[name], php)
    (file,) = proven.plan.files
    assert not file.inline
    values: dict[str, Scalar] = {key: host for key in file.keys}
    rendered = render_template(file.after, values, "utf-8").decode()
    assert _unserialised(name, rendered) == {"url": f"https://{host}", "n": "é-xy"}
    same: dict[str, Scalar] = {key: "www.shop.example" for key in file.keys}
    assert render_template(file.after, same, "utf-8").decode() == FILES[name]


REFUSED = {
    "text in JSON in JSON": ("a.json", json.dumps({"x": json.dumps({"y": FLAT})})),
    "an encoded address": ("b.ini", "x = s%3A24%3A%22https://www.shop.example%22%3B\n"),
    "a count that is wrong": ("c.yaml", f"x: '{FLAT.replace('24', '25')}'\n"),
    "bytes of a class": ("d.conf", 'x=C:1:"A":35:{s:24:"https://www.shop.example";}\n'),
    "base64": (
        "e.ini",
        "x = YToxOntzOjM6InVybCI7czoyNDoiaHR0cHM6Ly93d3cuc2hvcC5leGFtcGxlIjt9\n",
    ),
    "markup of PHP": ("f.php", f"<b x='{FLAT}'></b><?php echo 1;\n"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_can_not_be_counted_is_refused(case: str, php: Php, tmp_path: Path) -> None:
    name, text = REFUSED[case]
    proven = _plan(tmp_path, name, text, php)
    assert proven.plan.files == ()
    reasons = {edit.rewrite.reason for edit in proven.plan.of_safety(Safety.REFUSED)}
    assert reasons and all("PHP-serialised text" in reason for reason in reasons)


def test_two_values_of_one_text_are_counted_together(php: Php, tmp_path: Path) -> None:
    text = 's:51:"https://www.shop.example/?to=https://m.shop.example";'
    proven = _plan(tmp_path, "a.yaml", f"x: '{text}'\n", php)
    (file,) = proven.plan.files
    values: dict[str, Scalar] = {"WWW_HOST": "a.test", "M_HOST": "longer.lt.test"}
    rendered = render_template(file.after, values, "utf-8").decode()
    assert rendered == "x: 's:41:\"https://a.test/?to=https://longer.lt.test\";'\n"


def test_the_proof_finds_a_template_whose_count_stays(php: Php, tmp_path: Path) -> None:
    proven = _plan(tmp_path, "a.yaml", f"x: '{FLAT}'\n", php)
    (file,) = proven.plan.files
    broken = PlannedFile(
        file.source, file.target, file.after.replace(b"(8,1)", b"(9,1)"), file.edits, (), False
    )
    environments: dict[str, dict[str, Scalar]] = {"loadtest": {"WWW_HOST": "www.lt.test"}}
    assert problem(file, environments) == ""
    assert problem(broken, environments) == "under loadtest PHP could not unserialise what it holds"


def test_a_second_apply_leaves_a_counted_text_alone(php: Php, tmp_path: Path) -> None:
    text = f"x: '{FLAT}'\ny: 's:27:\"http://www.shop.example/a/b\";'\n"
    proven = _plan(tmp_path, "a.yaml", text, php)
    (file,) = proven.plan.files
    folder = tmp_path / "config/portability/templates"
    folder.mkdir(parents=True)
    (folder / "a.yaml").write_bytes(file.after.replace(b"a/b", b"https://m.shop.example"))
    (tmp_path / "a.yaml").unlink()
    _, plan = planned(load(tmp_path), Wishes((), (), True), date(2020, 1, 1))
    assert plan.files == ()
    assert ["PHP-serialised" in edit.rewrite.reason for edit in plan.left] == [True]
