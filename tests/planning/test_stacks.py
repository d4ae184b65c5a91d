"""A stack is known by its files, says why, and its guard stands where every entry passes."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from portability.planning import stacks
from portability.planning.stacks import Stack
from portability.settings.manifests import Door, manifests
from tests.shop import commit, git, program
from tests.smalltrees import DB, TREES, plant

GOLDEN = Path(__file__).parent.parent / "golden" / "stacks"


def found(files: dict[str, str], only: list[str] | None = None) -> tuple[Stack, ...]:
    """The stacks of a tree that is given as texts by path."""
    data = {path: text.encode() for path, text in files.items()}
    return stacks.detect(data.get, data, manifests(), only)


@pytest.mark.parametrize("name", TREES)
def test_each_tree_is_its_stack_and_no_other(name: str) -> None:
    assert [stack.manifest.name for stack in found(TREES[name])] == [name]


@pytest.mark.parametrize("name", TREES)
def test_a_tree_without_one_of_its_marks_is_not_that_stack(name: str) -> None:
    manifest = next(one for one in manifests() if one.name == name)
    for mark in (mark for mark in manifest.marks if not mark.optional):
        files = {
            path: text
            for path, text in TREES[name].items()
            if not any(path.endswith(file) for file in mark.files)
        }
        assert name not in [stack.manifest.name for stack in found(files)], mark


@pytest.mark.parametrize("name", TREES)
def test_its_plan_is_the_golden_one(name: str, tmp_path: Path) -> None:
    app = plant(tmp_path / "app", name)
    done = program(app, "plan", "--diff")
    assert done.code == 1, done.err
    told = re.sub(r"PHP \d\.\d+\.\d+", "PHP X", done.out)
    golden = GOLDEN / f"{name}.diff"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(told)
    assert told == golden.read_text()


def test_a_stack_in_a_folder_is_told_with_its_folder() -> None:
    files = {f"blog/{path}": text for path, text in TREES["wordpress"].items()} | {"index.php": "<?php\n"}
    assert [stack.sentence for stack in found(files)] == [
        "stack: WordPress in blog (wp-config.php defines DB_NAME, wp-includes/version.php, wp-load.php): "
        "the guard stands in blog/wp-config.php"
    ]


def test_two_stacks_of_one_tree_each_have_their_own_files() -> None:
    files = TREES["laravel"] | {f"blog/{path}": text for path, text in TREES["wordpress"].items()}
    both = found(files)
    assert [stack.manifest.name for stack in both] == ["laravel", "wordpress"]
    owner = stacks.of(both, "blog/wp-content/plugins/shop/shop.php")
    assert owner is not None and owner.manifest.name == "wordpress"
    owner = stacks.of(both, "config/database.php")
    assert owner is not None and owner.manifest.name == "laravel"


def test_wordpress_may_keep_its_settings_one_level_above() -> None:
    files = {f"wp/{path}": text for path, text in TREES["wordpress"].items()}
    files["wp-config.php"] = files.pop("wp/wp-config.php")
    (one,) = found(files)
    assert (one.base, one.guards) == ("wp", ("wp-config.php",))


def test_without_a_guard_file_each_file_keeps_its_own() -> None:
    files = {path: text for path, text in TREES["wordpress"].items() if path != "wp-config.php"}
    (one,) = found(files)
    assert one.guards == ()
    assert one.sentence.endswith("is not in this tree, so each file keeps a guard of its own")


def test_the_settings_may_name_the_stacks() -> None:
    assert found(TREES["laravel"], []) == ()
    assert found(TREES["laravel"], ["wordpress"]) == ()
    assert [stack.manifest.name for stack in found(TREES["laravel"], ["laravel"])] == ["laravel"]


DOORS = (
    "<?php defined('ABSPATH') || exit;",
    "<?php\ndefined( 'ABSPATH' ) or die( 'no' );",
    "<?php\n/** A * plugin **/\n// line\n# line\nif ( ! defined( 'ABSPATH' ) ) { exit; }",
    "<?php\ndeclare(strict_types=1);\nnamespace Shop;\nuse Shop\\A;\nif (!\\defined('ABSPATH')) exit;",
    "\ufeff<?php\nif(!defined('ABSPATH')){die('x');}",
)
NO_DOORS = (
    "<?php\n$a = 1;\ndefined('ABSPATH') || exit;",
    "<?php\nif (!defined('ABSPATH')) return;\nfunction f() {}",
    "<?php\nif (!defined('ABSPATH')) define('ABSPATH', '/');",
    "<?php\nif (defined('ABSPATH')) exit;",
    "<?php\ndefined('WPINC') || exit;",
    "<?php\n// defined('ABSPATH') || exit;\n$a = 1;",
    "text <?php defined('ABSPATH') || exit;",
    "<?php /* defined('ABSPATH') || exit; */",
)


@pytest.mark.parametrize("text", DOORS + NO_DOORS)
def test_only_a_door_that_ends_the_program_first_thing_proves_a_file(text: str) -> None:
    (wordpress,) = found(TREES["wordpress"])
    door = stacks.behind_door(wordpress, "wp-content/plugins/a.php", text.encode())
    assert (door is not None) == (text in DOORS)


def test_a_door_proves_nothing_outside_of_its_folders() -> None:
    (wordpress,) = found(TREES["wordpress"])
    assert stacks.behind_door(wordpress, "report.php", DOORS[0].encode()) is None


@pytest.mark.parametrize("path", ["wp-load.php", "wp-admin/x.php", "wp-config.php"])
def test_the_stack_itself_may_define_its_constant(path: str) -> None:
    (wordpress,) = found(TREES["wordpress"])
    door = wordpress.manifest.door
    assert isinstance(door, Door)
    data = b"<?php define('ABSPATH', '/srv');"
    assert not stacks.opens_door(wordpress, door, path, data)
    assert stacks.opens_door(wordpress, door, "cron/report.php", data)


def test_a_door_that_somebody_opens_gives_each_file_its_guard_back(tmp_path: Path) -> None:
    app = plant(tmp_path / "app", "codeigniter3")
    guard = re.compile(r"^\+.*bootstrap\.php.*", re.M)
    proven = program(app, "plan", "--diff", "--only", "application").out
    assert len(guard.findall(proven)) == 1
    (app / "cron/other.php").write_text(
        "<?php\ndefine('BASEPATH', 1);\nrequire '../application/config/database.php';\n"
    )
    opened = program(app, "plan", "--diff", "--only", "application").out
    assert len(guard.findall(opened)) == 2


def test_laravels_config_folder_is_refused_for_the_values(tmp_path: Path) -> None:
    app = plant(tmp_path / "app", "laravel")
    (app / "portability.yaml").write_text("version: 1\n")
    done = program(app, "plan")
    assert done.code == 4
    assert "Laravel loads every PHP file below config/" in done.err
    assert "say values: portability" in done.err


def test_init_says_the_stack_and_keeps_laravels_config_free(tmp_path: Path) -> None:
    app = plant(tmp_path / "app", "laravel")
    (app / "portability.yaml").unlink()
    told = program(app, "init").out
    assert "the guard stands in bootstrap/app.php" in told
    assert "values: portability\n" in (app / "portability.yaml").read_text()
    assert program(app, "plan").code == 1


def test_magentos_settings_become_a_template_that_renders_back(tmp_path: Path) -> None:
    app = plant(tmp_path / "app", "magento")
    before = (app / "app/etc/env.php").read_bytes()
    assert program(app, "apply", "--yes").code == 0
    assert not (app / "app/etc/env.php").exists()
    assert DB.encode() not in (app / "config/portability/templates/app/etc/env.php").read_bytes()
    assert program(app, "render", "--env", "production").code == 0
    assert (app / "app/etc/env.php").read_bytes() == before
    assert b"bootstrap.php" in (app / "app/bootstrap.php").read_bytes()


def test_undo_takes_the_guard_out_of_the_front_controller(tmp_path: Path) -> None:
    app = plant(tmp_path / "app", "symfony")
    before = (app / "src/Kernel.php").read_bytes()
    assert program(app, "apply", "--yes").code == 0
    assert (app / "src/Kernel.php").read_bytes() != before
    assert program(app, "apply", "--undo").code == 0
    assert (app / "src/Kernel.php").read_bytes() == before


def test_files_do_not_rely_on_a_guard_that_git_ignores(tmp_path: Path) -> None:
    app = plant(tmp_path / "app", "wordpress")
    (app / ".gitignore").write_text("/wp-config.php\n")
    git(app, "init", "--quiet", "--template=")
    commit(app)
    done = program(app, "plan", "--diff")
    plugin = done.out.partition("+++ b/wp-content/plugins/shop/shop.php\n")[2].partition("---")[0]
    assert "bootstrap.php" in plugin
    assert "git ignores wp-config.php, so each file keeps a guard of its own" in done.out
    assert "bootstrap.php" in done.out.partition("+++ b/wp-config.php\n")[2].partition("---")[0]


def test_a_guard_that_cannot_be_proven_takes_those_behind_it_along(tmp_path: Path) -> None:
    """The front controller does not compile, so the file behind it is not written either."""
    app = plant(tmp_path / "app", "codeigniter3")
    (app / "index.php").write_text("<?php\ndefine('BASEPATH', 'system/');\nfunction ( {\n")
    done = program(app, "apply", "--check")
    assert "application/config/database.php" in done.out
    assert "not proven: index.php, which loads its values, is not" in done.out
