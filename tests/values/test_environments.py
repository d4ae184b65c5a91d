"""The values of an environment: what reads back, what is a problem, what is added."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portability.errors import Refused, UsageError
from portability.model import Category, EnvKey, Scalar
from portability.settings.project import Settings
from portability.system.secrets import Reference
from portability.values import environments
from portability.values.environments import Environment, KeyInfo
from portability.values.naming import NamedKey
from tests.shop import write

KEYS = (
    "A_HOST: {service: mysql, category: host, kind: host, distinct: [B_HOST]}\n"
    "B_HOST: {service: mysql, category: host, kind: host, distinct: [A_HOST]}\n"
    "C_PASSWORD: {service: mysql, category: credential, kind: password}\n"
    "D_PORT: {service: mysql, category: host, kind: port}\n"
)
PRODUCTION = "A_HOST: a.example\nB_HOST: b.example\nC_PASSWORD: {secret: 'file:kept/c'}\nD_PORT: 3306\n"
LOADTEST = "A_HOST: a.lt\nB_HOST: b.lt\nC_PASSWORD: {secret: 'env:C'}\nD_PORT: 3306\n"


def project(root: Path, loadtest: str = LOADTEST, production: str = PRODUCTION) -> Settings:
    write(root, "config/portability/keys.yaml", KEYS)
    write(root, "config/portability/environments/production.yaml", production)
    write(root, "config/portability/environments/loadtest.yaml", loadtest)
    write(root, "kept/c", "Fake-C\n")
    return Settings(root, root / "portability.yaml")


def kept(name: str) -> Reference:
    return Reference("file", f"secrets/{name}")


def key(name: str, value: Scalar, secret: bool = False) -> NamedKey:
    kind = "string" if isinstance(value, str) else "int"
    category = Category.CREDENTIAL if secret else Category.HOST
    return NamedKey(EnvKey(name, "mysql", secret, kind), value, category, "host", "")


@given(
    st.one_of(
        st.text(st.characters(exclude_categories=["Cs"])), st.integers(-(2**63), 2**63 - 1), st.booleans()
    )
)
def test_every_value_reads_back_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, value: Scalar
) -> None:
    root = tmp_path_factory.getbasetemp() / "reads-back"
    text = environments.with_keys("", Environment("production", ""), [key("A_HOST", value)], kept)
    settings = project(root, production=text)
    found = environments.load(settings, "production").entries["A_HOST"].value
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "012345678901",
        "1e5",
        "1_000",
        "+1",
        ".5",
        "3306:3306",
        "10.0.0.1",
        "1.10",
        "0x1F",
        "yes",
        "nan",
        ".inf",
        "~",
    ],
)
def test_a_text_that_looks_like_something_else_stays_a_text(tmp_path: Path, text: str) -> None:
    written = environments.with_keys("", Environment("production", ""), [key("A_HOST", text)], kept)
    settings = project(tmp_path, production=written)
    assert environments.load(settings, "production").entries["A_HOST"].value == text


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("3306", 3306),
        ("-1", -1),
        ("1.5", 1.5),
        ("true", True),
        ("a: b", None),
        ("'3306'", "3306"),
        ("10.0.0.1", "10.0.0.1"),
    ],
)
def test_what_people_write(tmp_path: Path, written: str, value: Scalar | None) -> None:
    settings = project(tmp_path, f"D_PORT: {written}\n")
    if value is None:
        with pytest.raises(UsageError):
            environments.load(settings, "loadtest")
        return
    found = environments.load(settings, "loadtest").entries["D_PORT"].value
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    "written", ["012345", "1_000", "+5", "yes", "2026-01-01", "0x10", "1e999", "[]", "{}", "&a 1"]
)
def test_what_could_be_read_in_two_ways_is_asked_about(tmp_path: Path, written: str) -> None:
    with pytest.raises(UsageError) as raised:
        environments.load(project(tmp_path, f"D_PORT: {written}\n"), "loadtest")
    assert raised.value.where == "config/portability/environments/loadtest.yaml:1"


def test_a_complete_environment_gives_its_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("C", "Fake-Lt-C")
    assert environments.values(project(tmp_path), "loadtest") == {
        "A_HOST": "a.lt",
        "B_HOST": "b.lt",
        "C_PASSWORD": "Fake-Lt-C",
        "D_PORT": 3306,
    }


@pytest.mark.parametrize("port", ["3307", "'33070'"])
def test_a_port_may_be_production_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    """It leads nowhere without a host."""
    monkeypatch.setenv("C", "Fake-Lt-C")
    written = [text.replace("3306", port) for text in (LOADTEST, PRODUCTION)]
    settings = project(tmp_path, *written)
    assert str(environments.values(settings, "loadtest")["D_PORT"]) == port.strip("'")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("A_HOST: a.lt\n", "", "A_HOST is not there"),
        ("a.lt", "", ":1: A_HOST has no value"),
        ("a.lt", "a.example", ":1: A_HOST is equal to production's"),
        ("a.lt", "b.example", ":1: A_HOST is production's B_HOST"),
        ("a.lt", "b.lt", ":2: B_HOST and A_HOST must differ"),
        ("D_PORT", "E_PORT: 1\nD_PORT", ":4: E_PORT is read nowhere"),
        ("env:C", "file:kept/c", ":3: C_PASSWORD refers to production's secret"),
        ("{secret: 'env:C'}", "Fake-Plain", ":3: C_PASSWORD is a credential"),
    ],
)
def test_what_is_not_ready_is_refused_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, problem: str
) -> None:
    monkeypatch.setenv("C", "Fake-Lt-C")
    with pytest.raises(Refused) as raised:
        environments.values(project(tmp_path, LOADTEST.replace(old, new, 1)), "loadtest")
    assert problem in raised.value.where
    assert "Fake" not in str(raised.value)


def test_a_secret_with_productions_value_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("C", "Fake-C")
    with pytest.raises(Refused) as raised:
        environments.values(project(tmp_path), "loadtest")
    assert "C_PASSWORD holds production's secret" in raised.value.where


def test_what_is_shared_is_productions(tmp_path: Path) -> None:
    shared = "{shared: 'the same server'}"
    text = LOADTEST.replace("{secret: 'env:C'}", shared).replace("a.lt", shared)
    found = environments.values(project(tmp_path, text), "loadtest")
    assert (found["A_HOST"], found["C_PASSWORD"]) == ("a.example", "Fake-C")


@pytest.mark.parametrize("reason", ["''", "' '", ""])
def test_sharing_needs_a_reason(tmp_path: Path, reason: str) -> None:
    with pytest.raises(UsageError):
        environments.load(project(tmp_path, f"A_HOST: {{shared: {reason}}}\n"), "loadtest")


def test_production_shares_with_nobody(tmp_path: Path) -> None:
    settings = project(tmp_path, production=PRODUCTION.replace("a.example", "{shared: 'why'}"))
    with pytest.raises(Refused):
        environments.values(settings, "production")


def test_all_secrets_that_are_missing_are_told_at_once(tmp_path: Path) -> None:
    settings = project(tmp_path, LOADTEST.replace("a.lt", "{secret: 'file:nowhere'}"))
    with pytest.raises(UsageError) as raised:
        environments.values(settings, "loadtest")
    assert "2 secrets of loadtest" in raised.value.message
    assert "A_HOST" in raised.value.where
    assert "C_PASSWORD" in raised.value.where


def test_what_production_holds_tells_unknown_from_missing(tmp_path: Path) -> None:
    settings = project(tmp_path, production=PRODUCTION.replace("b.example", "{secret: 'env:NOT_SET_HERE'}"))
    held = environments.held(settings, environments.load(settings, "production"))
    assert held == {"A_HOST": "a.example", "B_HOST": None, "C_PASSWORD": "Fake-C", "D_PORT": 3306}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A_HOST: x # mine\n\n# end", "A_HOST: x # mine\n\n# end\nB_HOST:\n"),
        ("A_HOST: x\r\n", "A_HOST: x\r\nB_HOST:\r\n"),
        ("A_HOST: x\n\n\n", "A_HOST: x\n\n\nB_HOST:\n"),
    ],
)
def test_keys_are_added_at_the_end_and_nothing_else_changes(tmp_path: Path, text: str, expected: str) -> None:
    settings = project(tmp_path, text)
    known = environments.load(settings, "loadtest")
    assert environments.with_keys(text, known, [key("A_HOST", "a"), key("B_HOST", "b")], kept) == expected


def test_a_shared_key_is_written_with_its_reason(tmp_path: Path) -> None:
    known = environments.load(project(tmp_path, ""), "loadtest")
    text = environments.with_keys("x: 1\n", known, [key("A_HOST", "a")], kept, {"A_HOST": "it's {one}: #1"})
    assert text == "x: 1\nA_HOST: {shared: 'it''s {one}: #1'}\n"


def test_keys_are_written_sorted_and_read_back(tmp_path: Path) -> None:
    known = {
        "Z_HOST": KeyInfo("mysql", "host", "host", "writer", ("A_HOST",)),
        "A_HOST": KeyInfo("mysql", "host", "host", "", ("Z_HOST",)),
    }
    settings = project(tmp_path)
    write(tmp_path, "config/portability/keys.yaml", environments.keys_yaml(known))
    assert environments.load_keys(settings) == known
    assert list(environments.load_keys(settings)) == ["A_HOST", "Z_HOST"]
