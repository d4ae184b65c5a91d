"""A project's settings are read exactly; every mistake in them is told with its line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portability.errors import UsageError
from portability.settings.placement import Application, Binding, SecretStore, Store
from portability.settings.project import (
    EnvironmentSettings,
    OnMissing,
    PhpSettings,
    Production,
    Rules,
    Scan,
    Settings,
    load,
)
from portability.settings.starting import dump_default

FULL = r"""
version: 1
scan: {paths: [app, public], skip: ['*.bak', /cache/]}
rules:
  extra: [ops/rules, /opt/rules]
  off: [ip-address]
production:
  hosts: [www.example.com, '*.example.net']
  accounts: [012345678901, '999999999999']
environments:
  production: {binding: {host: 'web-*'}}
  load_test-2:
namespace: AppEnv\Shop
values: config/env
rendered: ../shared/env
on_missing: production
php: {binary: /usr/bin/php8.2, version: 8.10}
document_root: public
secrets: {store: ssm, prefix: /shop/web/, region: eu-west-1, key: alias/shop}
applications: {office: {root: apps/office}}
"""


def _load(root: Path, text: str) -> Settings:
    (root / "portability.yaml").write_text(text)
    return load(root)


def test_every_key_is_read(tmp_path: Path) -> None:
    assert _load(tmp_path, FULL) == Settings(
        root=tmp_path,
        file=tmp_path / "portability.yaml",
        found=True,
        scan=Scan(("app", "public"), ("*.bak", "/cache/")),
        rules=Rules(("ops/rules", "/opt/rules"), ("ip-address",)),
        production=Production(("www.example.com", "*.example.net"), ("012345678901", "999999999999")),
        environments=(
            EnvironmentSettings("production", Binding("web-*")),
            EnvironmentSettings("load_test-2"),
        ),
        namespace=r"AppEnv\Shop",
        values="config/env",
        rendered="../shared/env",
        on_missing=OnMissing.PRODUCTION,
        php=PhpSettings("/usr/bin/php8.2", "8.10"),
        document_root="public",
        secrets=SecretStore(Store.SSM, "shop/web", "eu-west-1", "alias/shop"),
        applications=(Application("office", "apps/office"),),
    )


@pytest.mark.parametrize(
    "text",
    [
        "{store: vault}",
        "{prefix: ''}",
        "{prefix: /aws/x}",
        "{prefix: 'a b'}",
        "{region: here}",
        "{folder: x}",
    ],
)
def test_a_store_of_secrets_that_can_t_be_is_refused_with_its_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError) as raised:
        _load(tmp_path, f"version: 1\nsecrets: {text}\n")
    assert "portability.yaml:2" in raised.value.where


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert not settings.found
    assert [e.name for e in settings.environments] == ["production", "loadtest", "development", "test"]
    assert settings.values_folder == tmp_path / "config/portability"
    assert settings.rendered_folder == tmp_path / "config/portability/current"
    assert (settings.namespace, settings.on_missing) == ("AppEnv", OnMissing.FAIL)


@pytest.mark.parametrize("text", ["", "version: 1\n", "scan:\nrules:\n", "scan: {paths: }\nproduction: ~\n"])
def test_what_is_left_empty_has_its_default(tmp_path: Path, text: str) -> None:
    settings = _load(tmp_path, text)
    assert settings.found
    assert settings == Settings(tmp_path, tmp_path / "portability.yaml", found=True)


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        ("version: 1\nnamspace: A\n", 2, "unknown key namspace", "did you mean namespace?"),
        ("scan:\n  ski: []\n", 2, "unknown key scan.ski", "did you mean skip?"),
        ("version: 2", 1, "version must be 1", "a newer file needs a newer portability"),
        ("version: '1'", 1, "version must be a whole number", ""),
        ("scan: app", 1, "scan must be a mapping (name: value)", ""),
        ("scan: {paths: app}", 1, "scan.paths must be a list", "write [one, two], or one '- value' a line"),
        ("scan: {paths: [../x]}", 1, "scan.paths[0] must be a path below the project's root", "leave out"),
        ("values: /etc", 1, "values must be a path below the project's root", "leave out"),
        ("values: .", 1, "values must be a path below the project's root", "leave out"),
        ("rendered: ~/x", 1, "rendered must be a path with / between its folders, and without ~", ""),
        ("rendered: ''", 1, "rendered must be a text on one line, not empty", ""),
        (
            "rules:\n  off: [no]\n",
            2,
            "rules.off[0] must be a text, and YAML reads this as true or false",
            "put",
        ),
        ("production: {hosts: [22:22]}", 1, "production.hosts[0] must be a text, and YAML", "put"),
        ("production: {accounts: [12]}", 1, "production.accounts[0] must be an AWS account number", ""),
        ("environments: {loadtest: {}}", 1, "environments must hold production", "add production: {}"),
        ("environments: {Production: {}}", 1, "environments.Production must be named in lower case", ""),
        ("environments: {production: {hosts: x}}", 1, "unknown key environments.production.hosts", "known"),
        ("environments: [production]", 1, "environments must be a mapping", ""),
        ("namespace: \\AppEnv", 1, "namespace must be a PHP namespace", "for example AppEnv"),
        ("namespace: App\\List", 1, "namespace must not hold List, a reserved word of PHP", ""),
        ("namespace: 1App", 1, "namespace must be a PHP namespace", "for example"),
        ("on_missing: prod", 1, "on_missing must be fail or production", "did you mean production?"),
        ("php: {version: new}", 1, "php.version must be a version of PHP, such as 8.2", ""),
        ("document_root: false", 1, "document_root must be a text, and YAML reads", "put the value"),
    ],
)
def test_a_mistake_is_told_with_its_line(
    tmp_path: Path, text: str, line: int, message: str, hint: str
) -> None:
    with pytest.raises(UsageError) as caught:
        _load(tmp_path, text)
    assert caught.value.message.startswith(message)
    assert caught.value.where == f"{tmp_path}/portability.yaml:{line}"
    assert caught.value.hint.startswith(hint)


def test_a_settings_file_that_was_named_must_exist(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no settings file"):
        load(tmp_path, tmp_path / "other.yaml")
    (tmp_path / "other.yaml").write_text("namespace: Other\n")
    assert load(tmp_path, tmp_path / "other.yaml").namespace == "Other"


def test_a_folder_in_the_place_of_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "portability.yaml").mkdir()
    with pytest.raises(UsageError, match="cannot read"):
        load(tmp_path)


def test_an_unknown_environment_names_the_known(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        load(tmp_path).environment("staging")
    assert caught.value.hint == "known: production, loadtest, development, test"
    assert load(tmp_path).environment("test").name == "test"


_LINE = st.text(min_size=1, max_size=12).filter(str.isprintable)
_LINES = st.lists(_LINE, max_size=3).map(tuple)
_PATH = st.from_regex(r"[A-Za-z0-9 é_#:'.-]{1,8}(/[a-z0-9 #]{1,5})?", fullmatch=True).filter(
    lambda text: Path(text).parts == tuple(text.split("/")) and ".." not in text.split("/")
)
_PATHS = st.lists(_PATH, max_size=3).map(tuple)
_ENVIRONMENTS = st.lists(
    st.builds(
        EnvironmentSettings,
        st.from_regex(r"[a-o][a-z0-9_-]{0,9}", fullmatch=True),
        st.builds(Binding, st.none() | _LINE),
    ),
    max_size=3,
    unique_by=lambda environment: environment.name,
).map(lambda some: (EnvironmentSettings("production"), *some))
_SETTINGS = st.builds(
    Settings,
    root=st.just(Path("/unused")),
    file=st.just(Path("/unused/portability.yaml")),
    found=st.just(True),
    scan=st.builds(Scan, _PATHS, _LINES),
    rules=st.builds(Rules, _PATHS, _LINES),
    production=st.builds(Production, _LINES, st.just(("012345678901",))),
    environments=_ENVIRONMENTS,
    values=_PATH,
    rendered=_PATH.map(lambda text: f"../{text}"),
    on_missing=st.sampled_from(OnMissing),
    php=st.builds(PhpSettings, st.none() | _PATH, st.sampled_from((None, "7.4", "8.10"))),
    document_root=st.none() | _PATH,
)


@settings(deadline=None)
@given(_SETTINGS)
def test_what_init_writes_loads_back_to_the_same_settings(guesses: Settings) -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        here = replace(guesses, root=root, file=root / "portability.yaml")
        assert _load(root, dump_default(here)) == here


def test_what_init_writes_for_an_unknown_project_is_the_default(tmp_path: Path) -> None:
    default = load(tmp_path)
    written = _load(tmp_path, dump_default(default))
    assert written == Settings(tmp_path, tmp_path / "portability.yaml", found=True)
