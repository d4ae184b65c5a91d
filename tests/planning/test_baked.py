"""A cache that was made of other values than those rendered here is told, with the command that mends it."""

from __future__ import annotations

import os
from pathlib import Path

from portability.planning import baked
from portability.planning.stacks import Stack, detect
from portability.settings.manifests import manifests
from portability.settings.project import load
from tests.shop import program
from tests.smalltrees import DB, TREES, plant

CONFIG = "bootstrap/cache/config.php"


def laravel(root: Path) -> tuple[Stack, ...]:
    """A Laravel with rendered values, and a cache that is younger than they are."""
    app = plant(root, "laravel")
    (app / "portability/current").mkdir(parents=True)
    (app / "portability/current/manifest.json").write_text("{}")
    os.utime(app / "portability/current/manifest.json", (1000, 1000))
    os.utime(app / CONFIG, (2000, 2000))
    data = {path: text.encode() for path, text in TREES["laravel"].items()}
    return detect(data.get, data, manifests())


def test_a_younger_cache_without_production_is_fine(tmp_path: Path) -> None:
    known = laravel(tmp_path)
    assert baked.problems(load(tmp_path), known, {"db-of-nobody.example"}) == []


def test_an_older_cache_is_told_with_its_command(tmp_path: Path) -> None:
    known = laravel(tmp_path)
    os.utime(tmp_path / CONFIG, (500, 500))
    assert baked.problems(load(tmp_path), known, ()) == [
        f"{CONFIG}: made before these values were rendered: php artisan config:cache"
    ]


def test_a_cache_that_holds_productions_values_is_told_however_young(tmp_path: Path) -> None:
    known = laravel(tmp_path)
    (told,) = baked.problems(load(tmp_path), known, {DB})
    assert told == f"{CONFIG}: holds values of production: php artisan config:cache"


def test_a_compiled_view_is_told_by_its_values_and_not_by_its_age(tmp_path: Path) -> None:
    known = laravel(tmp_path)
    view = tmp_path / "storage/framework/views/0f3a.php"
    view.parent.mkdir(parents=True)
    view.write_text("<p>shop</p>")
    os.utime(view, (500, 500))
    assert baked.problems(load(tmp_path), known, ()) == []
    view.write_text(f"<p>{DB}</p>")
    os.utime(tmp_path / CONFIG, (2000, 2000))
    (tmp_path / CONFIG).write_text("<?php return [];")
    (told,) = baked.problems(load(tmp_path), known, {DB})
    assert "php artisan view:clear" in told


def test_nothing_is_told_before_anything_is_rendered(tmp_path: Path) -> None:
    known = laravel(tmp_path)
    (tmp_path / "portability/current/manifest.json").unlink()
    assert baked.problems(load(tmp_path), known, {DB}) == []


def test_a_container_that_symfony_left_behind_is_not_told(tmp_path: Path) -> None:
    app = plant(tmp_path, "symfony")
    (app / ".env.local.php").unlink()
    manifest = app / "config/portability/current/manifest.json"
    service = app / "var/cache/prod/ContainerAbc/getHomeService.php"
    for path, text in ((manifest, "{}"), (service, f"<?php '{DB}';")):
        path.parent.mkdir(parents=True)
        path.write_text(text)
    data = {path: text.encode() for path, text in TREES["symfony"].items()}
    known = detect(data.get, data, manifests())
    (told,) = baked.problems(load(tmp_path), known, {DB})
    assert told.startswith("var/cache/prod/ContainerAbc/getHomeService.php: holds values of production")
    (app / "var/cache/prod/ContainerAbc.legacy").touch()
    assert baked.problems(load(tmp_path), known, {DB}) == []


def test_check_fails_on_it_and_rendering_the_same_again_makes_no_cache_older(tmp_path: Path) -> None:
    app = plant(tmp_path / "app", "laravel")
    (app / CONFIG).unlink()
    assert program(app, "apply", "--yes").code == 0
    assert program(app, "render", "--env", "production").code == 0
    (app / CONFIG).write_text("<?php return [];")
    assert program(app, "render", "--env", "production").code == 0
    fine = program(app, "check", "--env", "production")
    assert (fine.code, "caches    pass" in fine.out) == (0, True), fine.out
    os.utime(app / CONFIG, (500, 500))
    old = program(app, "check", "--env", "production")
    assert (old.code, "caches    FAIL" in old.out) == (1, True)
