"""Laravel and Symfony of Debian's packages: the same pages for production, and only its own for another."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from portability.model import Scalar
from portability.settings.project import load
from portability.values import outputs
from tests.prove.applications import needed, unpacked_together
from tests.shop import program

FRAMEWORKS = Path(__file__).parent / "frameworks"
REQUEST = {"REQUEST_URI": "/", "REQUEST_METHOD": "GET", "HTTP_HOST": "x", "SCRIPT_NAME": "/index.php"}
PRODUCTION = (b"rds.amazonaws.com", b"shop.example")


@dataclass(frozen=True)
class App:
    """A framework's application: its folder, and how PHP finds the framework."""

    root: Path
    intl: Path | None
    packages: Path

    def php(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
        clean = {name: value for name, value in os.environ.items() if name != "PORTABILITY_ENV"}
        extension = ["-d", f"extension={self.intl}"] if self.intl else []
        return subprocess.run(
            ["php", "-d", "opcache.enable_cli=0", *extension, *arguments],
            cwd=self.root,
            env={**clean, "DEBIAN_PHP": str(self.packages), **variables},
            capture_output=True,
            timeout=120,
            check=False,
        )

    def page(self) -> bytes:
        done = self.php("public/index.php", **REQUEST)
        assert done.returncode == 0, done
        return done.stdout

    def fill(self, folder: str, values: Mapping[str, str]) -> None:
        lines = "".join(f"{key}: {value}\n" for key, value in values.items())
        (self.root / folder / "environments/loadtest.yaml").write_text(lines)


def installed(name: str, packages: tuple[str, ...], folder: Path) -> App:
    root = unpacked_together(needed("php8.2-intl", *packages), folder)
    shutil.copytree(FRAMEWORKS / name, folder / "app")
    return App(folder / "app", next((root / "usr/lib/php").glob("*/intl.so"), None), root / "usr/share/php")


@pytest.mark.prove
def test_laravel(tmp_path: Path) -> None:
    app = installed("laravel", ("php-laravel-framework",), tmp_path)
    for folder in ("bootstrap/cache", "storage/framework/views", "storage/logs"):
        (app.root / folder).mkdir(parents=True)
    before, report = app.page(), app.php("cron/report.php").stdout
    assert all(host in before for host in PRODUCTION)
    assert "guard stands in bootstrap/app.php" in program(app.root, "init").out
    done = program(app.root, "apply", "--yes")
    assert done.code == 0, done.err
    stopped = app.php("public/index.php", **REQUEST)
    assert (stopped.returncode, stopped.stdout) == (78, b"")
    assert program(app.root, "render", "--env", "production").code == 0
    assert app.page() == before
    assert app.php("cron/report.php").stdout == report
    assert app.php("artisan", "config:cache").returncode == 0
    assert app.page() == before
    checked = program(app.root, "check", "--env", "production")
    assert (checked.code, "caches    pass" in checked.out) == (0, True)

    key = "{secret: 'env:LT_APP_KEY'}"
    values = {"APP_HOST": "www.lt.internal", "CDN_HOST": "cdn.lt.internal", "DB_HOST": "db.lt.internal"}
    app.fill("portability", {**values, "APP_KEY": key, "DB_PASSWORD": key, "REPORTS_HOST": "r.lt.internal"})
    fake = "base64:RmFrZS1MdC1LZXktRmFrZS1MdC1LZXktRmFrZS1MdCE="
    assert program(app.root, "render", "--env", "loadtest", LT_APP_KEY=fake).code == 0
    assert PRODUCTION[0] in app.page(), "config:cache baked production's values: what check must tell"
    checked = program(app.root, "check", "--env", "loadtest", LT_APP_KEY=fake)
    assert checked.code == 1
    assert "bootstrap/cache/config.php: holds values of production: php artisan config:cache" in checked.out
    assert app.php("artisan", "config:cache").returncode == 0
    assert app.php("artisan", "view:clear").returncode == 0
    page = app.page()
    assert b"db.lt.internal" in page and b"cdn.lt.internal" in page
    assert not [host for host in PRODUCTION if host in page]
    checked = program(app.root, "check", "--env", "loadtest", LT_APP_KEY=fake)
    assert (checked.code, "caches    pass" in checked.out) == (0, True), checked.out


@pytest.fixture(scope="module")
def symfony(tmp_path_factory: pytest.TempPathFactory) -> App:
    names = ("framework-bundle", "dotenv", "yaml", "console")
    packages = tuple(f"php-symfony-{name}" for name in names)
    return installed("symfony", packages, tmp_path_factory.mktemp("symfony"))


@pytest.mark.prove
def test_symfony(symfony: App) -> None:
    app = symfony
    before = app.page()
    assert all(host in before for host in PRODUCTION)
    assert "guard stands in src/Kernel.php" in program(app.root, "init").out
    settings = app.root / "portability.yaml"
    settings.write_text(settings.read_text().replace("outputs: []", "outputs: [symfony]"))
    done = program(app.root, "apply", "--yes")
    assert done.code == 0, done.err
    assert program(app.root, "render", "--env", "production").code == 0
    shutil.rmtree(app.root / "var")
    assert app.page() == before
    assert app.php("bin/console", "cache:clear").returncode == 0
    assert app.page() == before
    checked = program(app.root, "check", "--env", "production")
    assert (checked.code, "caches    pass" in checked.out) == (0, True), checked.out

    values = {"CDN_HOST": "cdn.lt.internal", "DB_HOST": "db.lt.internal", "MAILER_HOST": "smtp.lt.internal"}
    app.fill("config/portability", values)
    rendered = program(app.root, "render", "--env", "loadtest")
    assert rendered.code == 0, rendered.err
    checked = program(app.root, "check", "--env", "loadtest")
    assert (checked.code, "holds values of production: bin/console cache:clear" in checked.out) == (1, True)
    assert app.php("bin/console", "cache:clear").returncode == 0
    page = app.page()
    assert all(value.encode() in page for value in values.values())
    assert not [host for host in PRODUCTION if host in page]
    checked = program(app.root, "check", "--env", "loadtest")
    assert (checked.code, "caches    pass" in checked.out) == (0, True), checked.out


@pytest.mark.prove
def test_symfonys_dotenv_reads_each_value_back(symfony: App, tmp_path: Path) -> None:
    (tmp_path / "portability.yaml").write_text("version: 1\noutputs: [symfony]\n")
    values: dict[str, Scalar] = {
        "PLAIN": "db1.shop.example",
        "EMPTY": "",
        "SPACED": " a b # c ",
        "SINGLE": 'it\'s "so" $HOME ${HOME} $(id) `id` \\n \\$ \\',
        "SLASHED": "a\\b\\\\c\\",
        "PORT": 3306,
    }
    (file,) = outputs.rendered(load(tmp_path), "loadtest", values)
    (tmp_path / "dotenv").write_bytes(file.data)
    script = (
        "require 'vendor/autoload.php'; $dotenv = new Symfony\\Component\\Dotenv\\Dotenv();"
        f"echo json_encode($dotenv->parse(file_get_contents('{tmp_path}/dotenv')));"
    )
    done = symfony.php("-r", script)
    assert done.returncode == 0, done
    told = {key: str(value) for key, value in values.items()} | {"PORTABILITY_ENV": "loadtest"}
    assert json.loads(done.stdout) == told
