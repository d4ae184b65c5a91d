"""What CONTRIBUTING shows holds: a rule, and a language, are each one file."""

from __future__ import annotations

import re
import sys
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest

from portability import languages
from portability.cli import run
from portability.languages import Mode, Sample
from portability.model import Literal, Position, Source, Span
from portability.planning.survey import survey
from portability.reading import formats
from portability.settings.project import load
from portability.syntax.literals import simple
from portability.values.environments import load as load_environment

ROOT = Path(__file__).resolve().parents[1]


def shown_rule() -> tuple[str, str]:
    """The id and text of the rule that CONTRIBUTING shows."""
    text = re.search(r"```yaml\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.DOTALL)
    assert text is not None
    found = re.search(r"^id: (\S+)", text[1], re.MULTILINE)
    assert found is not None
    return found[1], text[1]


def test_the_rule_that_is_shown_is_one_file_and_passes_its_own_examples(tmp_path: Path) -> None:
    name, text = shown_rule()
    rule = tmp_path / "own-rules" / "ledger" / f"{name}.yaml"
    rule.parent.mkdir(parents=True)
    rule.write_text(text)
    assert run(["-q", "rules", "check", str(rule)]) == 0
    (tmp_path / "portability.yaml").write_text("version: 1\nrules: {extra: [own-rules]}\n")
    (tmp_path / "a.php").write_text("<?php $x = 'shop.ledger.acme-cloud.example';\n")
    found = survey(load(tmp_path), (), date(2026, 1, 1)).result.findings
    assert [(f.rule, f.value.text, f.key) for f in found if f.path == "a.php"] == [
        (name, "shop.ledger.acme-cloud.example", "LEDGER_HOST")
    ]


def arrows() -> ModuleType:
    """A language of lines `name -> value`, as one module behind the door."""

    def literals(source: Source) -> list[Literal]:
        found = []
        for match in re.finditer(rb"^(\w+) -> (.*)$", source.data, re.MULTILINE):
            span = Span(*match.span(2))
            names = (match[1].decode(),)
            found.append(
                simple(
                    source.data,
                    span,
                    span,
                    source.encoding,
                    "plain",
                    names=names,
                    position=Position.VALUE,
                    language="arrows",
                )
            )
        return found

    def encode(text: str, form: str) -> str | None:
        return None if "\n" in text else text

    module = ModuleType("arrows")
    members = {
        "NAME": "arrows", "MODE": Mode.TEMPLATE, "WHY_NOT": "",
        "SAMPLES": (Sample(b"host -> db1.shop.example\n", (("db1.shop.example", ("host",)),)),),
        "literals": literals, "encode": encode,
    }  # fmt: skip
    for name, member in members.items():
        setattr(module, name, member)
    return module


def test_a_language_is_one_module_and_its_line_in_the_dict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(languages.LANGUAGES, "arrows", languages.Format("arrows_of_the_test", ("*.arrows",)))
    monkeypatch.setitem(sys.modules, "arrows_of_the_test", arrows())
    for cached in (formats._by_base_name, formats._names_a_folder, formats._globs, formats._shebangs):
        cached.cache_clear()
    (tmp_path / "app.arrows").write_text("db_host -> db1.cluster-cfake0000001.eu-west-1.rds.amazonaws.com\n")
    assert run(["-q", "-C", str(tmp_path), "scan"]) == 1
    assert run(["-q", "-C", str(tmp_path), "apply", "--yes"]) == 0
    assert (tmp_path / "config/portability/templates/app.arrows").is_file()
    values = load_environment(load(tmp_path), "production").entries
    assert [entry.value for entry in values.values()] == [
        "db1.cluster-cfake0000001.eu-west-1.rds.amazonaws.com"
    ]
    for cached in (formats._by_base_name, formats._names_a_folder, formats._globs, formats._shebangs):
        cached.cache_clear()
