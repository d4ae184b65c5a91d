"""Looking at fewer bytes finds the same: with the prefilter and without it, every finding is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portability.detection import prefilter
from portability.detection.prefilter import Prefilter, Seen
from portability.languages import LANGUAGES, language
from portability.model import Focus, Source
from portability.rulebook import matcher as room
from portability.rulebook.book import Rulebook
from portability.rulebook.matcher import Plain
from tests.scans import book, scanned, source

FANCLUB = Path(__file__).parents[2] / "examples" / "fanclub"
PARTS = (
    "$db_host = 'db1';",
    "$config['password'] = 'Fake-0001-Pw';",
    "mysqli_connect('db1.fans.example', 'fans', 'Fake-0001-Pw');",
    "$url = 'https://' . $sub . '.fans.example/x';",
    "setcookie('a', 'b', 0, '/', '.fans.example');",
    "/* see http://www.fans.example or mail me@fans.example */",
    "// $old = 'http://old.fans.example';",
    "echo file_get_contents('http://www.php.net/x');",
    "$k = 'AKIAFAKEFAKEFAKEFAKE';",
    "function f($host = 'cache1', $port = 6379) { return [",
    "]; }",
    "?><a href='http://www.fans.example/'>",
    "<script>var api_url = 'http://api.fans.example/v1';</script><?php ",
    '$sql = "\n',
    '";',
)


def told(files: Mapping[str, str | bytes]) -> tuple[object, ...]:
    result = scanned(files, ("*.fans.example",))
    return result.findings, result.unsure, result.notes, result.skipped, result.own_domains


def whole(files: Mapping[str, str | bytes], monkeypatch: pytest.MonkeyPatch) -> tuple[object, ...]:
    """The same for a scan that reads everything."""
    with monkeypatch.context() as patch:
        patch.setattr(Prefilter, "look", lambda *_: Seen(Focus(everything=True)))
        return told(files)


def test_the_example_application_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        path.relative_to(FANCLUB).as_posix(): path.read_bytes()
        for path in sorted(FANCLUB.rglob("*"))
        if path.is_file()
    }
    assert told(files) == whole(files, monkeypatch)


def test_the_examples_of_all_rules_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    examples = [e for rule in book().rules.values() for e in (*rule.examples, *rule.counterexamples)]
    for number, example in enumerate(examples):
        files = {example.path: example.text}
        assert told(files) == whole(files, monkeypatch), (number, example)


@settings(deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=8), st.sampled_from(["a.php", "a.js", "a.html", "a.txt"]))
def test_any_mixture_gives_the_same(parts: list[str], path: str) -> None:
    text = "\n".join(parts)
    files = {path: f"<?php\n{text}\n" if path == "a.php" else text}
    with pytest.MonkeyPatch.context() as patch:
        assert told(files) == whole(files, patch)


@pytest.mark.parametrize("name", sorted(LANGUAGES))
def test_the_samples_of_a_language_give_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, sample in enumerate(language(name).SAMPLES):
        path = sample.path or LANGUAGES[name].globs[0].replace("*", "sample")
        files = {f"s{number}/{path}": sample.text.replace(b"shop.example", b"fans.example")}
        assert told(files) == whole(files, monkeypatch), sample.text


@pytest.mark.skipif(room._hyperscan() is None, reason="no hyperscan for this machine")
def test_without_hyperscan_the_same_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    examples = [e for rule in book().rules.values() for e in (*rule.examples, *rule.counterexamples)]
    sources = [source(example.path, example.text) for example in examples]
    sources += [source(path.name, path.read_bytes()) for path in sorted(FANCLUB.rglob("*")) if path.is_file()]
    quick = [Prefilter(book()).look(each) for each in sources]
    monkeypatch.setattr(room, "_compiled", lambda expressions, _folder: Plain(expressions))
    plain = Prefilter(book())
    assert [plain.look(each) for each in sources] == quick


def test_a_list_of_names_and_values_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = '{"env": [{"Name": "DB_PASSWORD", "Value": "Fake-Pr0d-Pw"}, {"Name": "A", "Value": "b"}]}'
    assert told({"task.json": text}) == whole({"task.json": text}, monkeypatch)
    (found,) = scanned({"task.json": text}).findings
    assert found.rule == "password"


def test_a_file_without_anything_is_not_read() -> None:
    plain = source("a.php", "<?php\n// http://www.php.net/manual\nfunction f($a) { return $a + 1; }\n")
    assert Prefilter(book()).look(plain).focus is None


def test_a_rule_without_a_keyword_wants_every_file() -> None:
    rule = replace(book().rules["aws-access-key-id"], keywords=())
    seen = Prefilter(Rulebook({rule.id: rule})).look(Source("a.php", b"<?php 1;"))
    assert seen.focus == Focus(everything=True)


def test_authors_of_comments_are_known_without_reading_them() -> None:
    seen = Prefilter(book()).look(source("a.php", "<?php\n/**\n * @author A <a@shop-x.de>\n */\n"))
    assert (seen.focus, seen.authors) == (None, {"shop-x.de"})


def test_of_a_table_of_the_world_only_the_projects_own_hosts_count_to_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(prefilter, "MANY", 20)
    rows = "".join(f"  'url{n}' => 'https://www.nobody-{n}.de/x',\n" for n in range(40))
    table = f"<?php\nreturn [\n{rows}  'site_url' => 'https://www.fans.example/',\n];\n"
    seen = Prefilter(book(), ("fans.example",)).look(source("a.php", table))
    assert seen.focus is not None and len(seen.focus.values) < 40
    assert {"nobody-39.de"} <= seen.passed
    scan = scanned({"a.php": table}, ("www.fans.example",))
    assert "www.fans.example" in [finding.value.text for finding in scan.findings]
