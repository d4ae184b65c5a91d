"""Which values a release of several applications holds, and which of them one of them reads."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from portability.errors import UsageError
from portability.model import Scalar
from portability.settings.project import load
from portability.values import parts
from portability.verification import frontier, values
from tests.shop import write

SETTINGS = """\
version: 1
production: {hosts: [shop.example]}
environments: {production: {}, loadtest: {}}
crawl: {start: [/common]}
sites: {www: {host: www.lt.example, document_root: public}}
applications:
  shop: {root: apps/shop, sites: {shop: {host: {key: SITE}, document_root: apps/shop}}}
  office: {root: apps/office}
"""
KEYS = "{service: mysql, category: host, kind: host}"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path, "portability.yaml", SETTINGS)
    for folder, key, host in (
        ("", "RELAY", "relay"),
        ("apps/shop/", "DB_HOST", "shop-db"),
        ("apps/office/", "DB_HOST", "office-db"),
    ):
        values = f"{folder}config/portability"
        write(tmp_path, f"{values}/keys.yaml", f"{key}: {KEYS}\n")
        write(tmp_path, f"{values}/environments/production.yaml", f"{key}: {host}.shop.example\n")
        write(tmp_path, f"{values}/environments/loadtest.yaml", f"{key}: {host}.lt.example\n")
    return tmp_path


def test_one_of_several_has_to_be_named(root: Path) -> None:
    settings = load(root)
    for name in ("", "stock"):
        with pytest.raises(UsageError) as told:
            settings.of(name)
        assert "shop, office" in told.value.hint
    assert settings.of("shop").namespace == "AppEnv\\Shop"


def test_none_has_to_be_named_where_there_are_none(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert settings.of("") == settings
    with pytest.raises(UsageError, match="no application shop"):
        settings.of("shop")


def test_what_an_application_does_not_say_is_verified_as_the_settings_say(root: Path) -> None:
    settings = load(root)
    shop, office = settings.of("shop").verifying, settings.of("office").verifying
    assert [site.name for site in shop.sites] == ["shop"]
    assert [site.name for site in office.sites] == ["www"]
    assert shop.crawl.start == office.crawl.start == ("/common",)


def test_an_application_reads_its_own_and_the_common_values(root: Path) -> None:
    held = parts.held(load(root), load(root).of("shop"))
    assert [part.application for part in held] == ["shop", "", "office"]
    given: dict[str, dict[str, Scalar]] = {
        "shop": {"DB_HOST": "a"},
        "": {"RELAY": "b"},
        "office": {"DB_HOST": "c"},
    }
    assert parts.values(held, given) == {"DB_HOST": "a", "RELAY": "b"}
    assert set(parts.keys(held)) == {"DB_HOST", "RELAY"}
    assert parts.shared(held) == {"AppEnv": "../../../../config/portability/bootstrap.php"}


def test_the_release_holds_the_values_of_all(root: Path) -> None:
    """So those of the others are looked at too, and what they hold of production is production's."""
    settings = load(root)
    held = parts.held(settings, settings.of("shop"))
    told = [check.name for part in held for check in values.checks(part, "loadtest")]
    assert told == ["loadtest shop", "loadtest", "loadtest office"]
    land = frontier.territory(held[0], "loadtest", lambda _: frozenset(), held)
    for name in ("shop-db", "relay", "office-db"):
        assert land.production_name(f"{name}.shop.example")
        assert f"{name}.lt.example" in land.replica_names


def test_what_the_application_shares_is_its_own_whatever_others_say(root: Path) -> None:
    values = "config/portability/environments"
    for folder in ("", "apps/office/"):
        key = "RELAY" if not folder else "DB_HOST"
        write(root, f"{folder}{values}/production.yaml", f"{key}: one.elsewhere.example\n")
    write(root, f"apps/shop/{values}/production.yaml", "DB_HOST: one.elsewhere.example\n")
    write(root, f"apps/shop/{values}/loadtest.yaml", "DB_HOST: {shared: 'one for all'}\n")
    settings = load(root)
    for name, theirs in (("shop", False), ("office", True)):
        held = parts.held(settings, settings.of(name))
        land = frontier.territory(held[0], "loadtest", lambda _: frozenset(), held)
        assert bool(land.production_name("one.elsewhere.example")) is theirs


def test_the_probe_reads_both_namespaces(tmp_path: Path) -> None:
    """Its own value first; a namespace below the common one is none of its."""
    script = Path(parts.__file__).parents[1] / "_php/probe/given.php"
    write(
        tmp_path,
        "a.php",
        f"<?php\nnamespace PortabilityProbe;\nrequire '{script}';\n"
        "\\define('AppEnv\\\\Shop\\\\HOST', 'own'); \\define('AppEnv\\\\HOST', 'common');\n"
        "\\define('AppEnv\\\\RELAY', 'relay'); \\define('AppEnv\\\\Other\\\\X', 'no');\n"
        "take_over('AppEnv', 'AppEnv\\\\Shop');\n"
        "$keys = ['a' => ['key' => 'HOST'], 'b' => ['key' => 'RELAY'], 'c' => ['key' => 'X']];\n"
        "$given = new Given($keys, 'AppEnv\\\\Shop', '');\n"
        "echo $given->text('a'), ' ', $given->text('b'), ' ', \\json_encode($given->missing);\n",
    )
    done = subprocess.run(["php", "-n", str(tmp_path / "a.php")], capture_output=True, timeout=60, check=True)
    assert done.stdout == b'own relay {"c":"X"}'
