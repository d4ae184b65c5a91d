"""One scan of the fan club in every format: each tells the same findings at the same places."""

from __future__ import annotations

import json
import re
from typing import NamedTuple
from urllib.parse import unquote

import pytest

from portability.cli import run
from tests.end_to_end.conftest import FANCLUB


class Told(NamedTuple):
    """What every format has to say of a finding."""

    path: str
    line: int
    column: int
    rule: str


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("reports")
    for form in ("text", "json", "sarif", "github"):
        call = ["-q", "-C", str(FANCLUB), "scan", "--format", form, "-o", str(folder / form)]
        assert run(call) == 1
    return {file.name: file.read_text("utf-8") for file in folder.iterdir()}


@pytest.fixture(scope="module")
def findings(reports: dict[str, str]) -> list[dict[str, object]]:
    content: list[dict[str, object]] = json.loads(reports["json"])["findings"]
    return content


@pytest.fixture(scope="module")
def told(findings: list[dict[str, object]]) -> list[Told]:
    found = [
        Told(str(f["path"]), int(str(f["line"])), int(str(f["column"])), str(f["rule"])) for f in findings
    ]
    assert len(found) > 100
    return found


def test_text(reports: dict[str, str], told: list[Told]) -> None:
    lines = reports["text"].splitlines()
    parsed = [re.match(r"(.+?):(\d+):(\d+) +([\w-]+) ", line) for line in lines]
    assert [Told(m[1], int(m[2]), int(m[3]), m[4]) for m in parsed if m] == told
    assert lines[len(told)].startswith(f"{len(told)} values in ")


def test_github(reports: dict[str, str], told: list[Told]) -> None:
    form = r"::warning file=([^,]+),line=(\d+),endLine=\d+,col=(\d+),endColumn=\d+,title=([\w-]+)::."
    *lines, last = reports["github"].splitlines()
    parsed = [re.match(form, line) for line in lines]
    assert [m and Told(m[1], int(m[2]), int(m[3]), m[4]) for m in parsed] == told
    assert f"::{len(told)} values in " in last


def test_sarif(reports: dict[str, str], told: list[Told], findings: list[dict[str, object]]) -> None:
    (log,) = json.loads(reports["sarif"])["runs"]
    found, prints = [], []
    for result in log["results"]:
        place = result["locations"][0]["physicalLocation"]
        region = place["region"]
        path = unquote(place["artifactLocation"]["uri"])
        found.append(Told(path, region["startLine"], region["startColumn"], result["ruleId"]))
        prints.append(result["partialFingerprints"]["portability/v1"])
    assert found == told
    assert prints == [f["fingerprint"] for f in findings]


def _written(finding: dict[str, object]) -> str:
    """What stands between the columns that are told; '' where that is more than one line."""
    if finding["line"] != finding["end_line"]:
        return ""
    text = (FANCLUB / str(finding["path"])).read_text("utf-8", "surrogateescape")
    line = text.split("\n")[int(str(finding["line"])) - 1]
    return line[int(str(finding["column"])) - 1 : int(str(finding["end_column"])) - 1]


def test_every_place_holds_the_value_that_is_told(findings: list[dict[str, object]]) -> None:
    """Lines and columns count characters from 1, the end exclusive; a value may be joined or encoded."""
    places = [(f["value"], _written(f)) for f in findings if f["category"] != "credential" and _written(f)]
    joined = re.compile(r"['\"] [.+] ['\"]|\\(?![xu])")
    other = [text for value, text in places if value != re.sub(r"\\x77|\\u\{77\}", "w", joined.sub("", text))]
    assert len(places) > 100
    assert [text for text in other if not re.fullmatch(r's:\d+:".*"|[A-Za-z0-9+/]{16,}=*', text)] == []


def test_no_format_tells_a_credential(reports: dict[str, str], findings: list[dict[str, object]]) -> None:
    secret = {_written(f) for f in findings if f["category"] == "credential" and f["kind"] != "user"}
    long = {value for value in secret if len(value) > 8}
    assert len(long) > 5
    for form, text in reports.items():
        assert [value for value in long if value in text] == [], form
