"""A value of another environment, however it is spelled, is read from a rendered file as it was meant.

It is read by the program that reads such files in production; or the template refuses to write it.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from portability.languages import language
from portability.model import Literal, Position, Region, Scalar, Site, Source
from portability.values.templates import make_template, placeholders, render_template
from tests.formats.programs import Seen
from tests.formats.texts import TEXTS, Written
from tests.scans import source

VALUES = [
    "other.shop-lt.example",
    "Fake'1",
    'Fake"2',
    "Fake\\3",
    "\\\\Fake\\",
    "Fake$HOME",
    "Fake${HOME}",
    "Fake$$4",
    "Fake$1",
    "Fake%d",
    "Fake%(name)s",
    "Fake%h%%",
    "%Fake%",
    "Fake#5",
    "Fake #6",
    "Fake;7",
    "Fake ;8",
    "Fake & <b>&amp;",
    "Fake 9",
    " Fake ",
    "F\u00e4ke\u20ac",
    "Fake!10",
    "Fake: 11",
    "Fake, 12",
    "{Fake}",
    "{{ Fake }}",
    "{$Fake}",
    "[Fake]",
    "*Fake",
    "&Fake",
    "@Fake",
    "`Fake`",
    "Fake=13",
    "(Fake|14)",
    "~/Fake",
    "-Fake",
    "</script>",
    "true",
    "null",
    "0123",
    "1e3",
    "Fake\n15",
    "\\nFake\\t",
    "a@@b",
]


def literals(file: Source) -> list[Literal]:
    """The literals of a file, those of the languages inside it too."""
    found: list[Literal] = []
    for item in language(file.language).literals(file):
        if isinstance(item, Region):
            found += literals(Source(file.path, item.data, file.encoding, item.language))
        else:
            found.append(item)
    return found


def template(written: Written) -> tuple[Source, bytes]:
    """The file and its template, with a key for each mark."""
    file = source(written.path, written.text)
    marks = re.findall(r"mark\d+x", written.text)
    edits: dict[str, tuple[Site, str, str]] = {}
    for literal in literals(file):
        if literal.position is not Position.COMMENT:
            for match in re.finditer(r"mark\d+x", literal.text):
                edits[match[0]] = (Site(literal, *match.span()), match[0].upper(), match[0])
    assert sorted(edits) == sorted(set(marks))
    made = make_template(file, list(edits.values()))
    assert made.refused == ()
    return file, made.data


def replaced(seen: Seen, values: dict[str, str]) -> Seen:
    """What is seen, with each mark replaced in every text."""
    if isinstance(seen, dict):
        return {replaced(key, values): replaced(value, values) for key, value in seen.items()}
    if isinstance(seen, list):
        return [replaced(item, values) for item in seen]
    if isinstance(seen, str):
        return re.sub(r"mark\d+x", lambda match: values[match[0]], seen)
    return seen


@pytest.mark.parametrize("name", TEXTS)
def test_each_value_is_read_as_it_was_meant(name: str, tmp_path: Path) -> None:
    written = TEXTS[name]
    if name == "terraform" and not shutil.which("terraform"):
        pytest.skip("terraform is not installed: it is no package of Debian")
    file, made = template(written)
    places = {place.key: place for place in placeholders(made)}
    chosen: list[dict[str, Scalar]] = [{key: key.lower() for key in places}]
    chosen += [
        {key: value if place.written(value) is not None else key.lower() for key, place in places.items()}
        for value in VALUES
        if value not in written.unlike
    ]
    files = []
    for number, values in enumerate(chosen):
        path = tmp_path / str(number) / Path(written.path).name
        path.parent.mkdir()
        path.write_bytes(render_template(made, values, file.encoding))
        files.append(path)
    assert files[0].read_bytes() == file.data
    seen = _seen(written, files)
    wrong = {}
    for one, values in zip(seen, chosen, strict=True):
        expected = replaced(seen[0], {key.lower(): str(value) for key, value in values.items()})
        if one != expected:
            wrong[str([v for k, v in values.items() if v != k.lower()][:1])] = (one, expected)
    assert not wrong
    for key, place in places.items():
        assert place.written(VALUES[0]) is not None, (key, place.form)


def _seen(written: Written, files: list[Path]) -> list[Seen]:
    """What is seen in each file; where the program takes not all of them, what it says of each."""
    try:
        return written.read(files)
    except AssertionError:
        return [_alone(written, file) for file in files]


def _alone(written: Written, file: Path) -> Seen:
    try:
        return written.read([file])[0]
    except AssertionError as error:
        return {"refused": str(error)}
