"""From a name to its line: the culprit's own file first, texts for people last, values left out."""

from __future__ import annotations

from pathlib import Path

from portability.settings.project import load
from portability.verification import places

NAME = "db.shop.example"


def test_the_line_of_a_name_is_found_and_the_culprits_file_comes_first(tmp_path: Path) -> None:
    files = {
        "a.php": f"<?php\n$x = '{NAME}';\n",
        "cron/nightly.php": f"<?php $h = '{NAME}';\n",
        "README.md": f"We use {NAME}.\n",
        "other.php": f"<?php $y = 'old-{NAME}'; $z = '{NAME}.au';\n",
        "config/portability/environments/production.yaml": f"DB_HOST: {NAME}\n",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")
    project = places.of_project([load(tmp_path)], "loadtest")
    assert project.of(NAME) == ("a.php:2", "cron/nightly.php:1", "README.md:1")
    assert project.of(NAME, "nightly php cron/nightly.php")[0] == "cron/nightly.php:1"
    assert project.of("nothing.example") == ()


def test_the_verified_environments_own_value_comes_first(tmp_path: Path) -> None:
    files = {
        "lib/a.php": "<?php $x = '10.20.0.22';\n",
        "config/portability/environments/production.yaml": "DB_HOST: 10.20.0.22\n",
        "config/portability/environments/loadtest.yaml": "A: 1\nDB_READ_HOST: '10.20.0.22'\nB: 110.20.0.22\n",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")
    project = places.of_project([load(tmp_path)], "loadtest")
    assert project.of("10.20.0.22") == ("config/portability/environments/loadtest.yaml:2", "lib/a.php:1")


def test_each_line_of_a_file_is_told_up_to_three(tmp_path: Path) -> None:
    lines = ["<?php", *(f"$a{number} = '{NAME}';" for number in range(2)), f"$b = ['{NAME}', '{NAME}'];"]
    (tmp_path / "a.php").write_text("\n".join(lines), "utf-8")
    (tmp_path / "b.php").write_text("<?php\n" + f"$a = '{NAME}';\n" * 9, "utf-8")
    found = places.of_project([load(tmp_path)], "loadtest").of(NAME)
    assert found == ("a.php:2", "a.php:3", "a.php:4", "b.php:2", "b.php:3")


def test_rows_come_before_files_that_only_mention_it_and_behind_the_page_itself() -> None:
    def files(text: str, near: str) -> tuple[str, ...]:
        return ("lib/old.php:3", "public/shop.php:9")

    both = places.with_rows(files, lambda text: ("row a.b id=1", "row c.d id=2", "row e.f id=3"))
    rows = ("row a.b id=1", "row c.d id=2")
    assert both("www.shop.example", "http://lt/other.php") == (*rows, "lib/old.php:3", "public/shop.php:9")
    assert both("www.shop.example", "/shop.php") == ("public/shop.php:9", *rows, "lib/old.php:3")
    assert places.with_rows(files, None) is files


def test_the_settings_name_production_on_purpose_and_come_last(tmp_path: Path) -> None:
    (tmp_path / "portability.yaml").write_text(f"production:\n  hosts: [{NAME}]\n", "utf-8")
    (tmp_path / "z.php").write_text(f"<?php $x = '{NAME}';\n", "utf-8")
    project = places.of_project([load(tmp_path)], "loadtest")
    assert project.of(NAME) == ("z.php:1", "portability.yaml:2")


def test_a_row_is_in_no_file_that_is_named() -> None:
    assert places.named("cron/nightly.php:9", "php cron/nightly.php")
    assert not places.named("row wp_options.option_value option_id=1", "php cron/nightly.php")
