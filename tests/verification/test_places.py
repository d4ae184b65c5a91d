"""From a name to its line: the culprit's own file first, texts for people last, values left out."""

from __future__ import annotations

from pathlib import Path

from portability.settings import load
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
    project = places.of_project([load(tmp_path)])
    assert project.of(NAME) == ("a.php:2", "cron/nightly.php:1", "README.md:1")
    assert project.of(NAME, "nightly php cron/nightly.php")[0] == "cron/nightly.php:1"
    assert project.of("nothing.example") == ()
