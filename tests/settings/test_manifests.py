"""Each folder of config_templates describes itself; one more folder is one more stack."""

from __future__ import annotations

from pathlib import Path

import pytest

from portability.errors import UsageError
from portability.planning.stacks import detect
from portability.settings.manifests import Manifest, load, manifests
from portability.system.resources import config_templates_folder


@pytest.mark.parametrize("manifest", manifests(), ids=lambda manifest: manifest.name)
def test_every_shipped_stack_is_whole(manifest: Manifest) -> None:
    folder = config_templates_folder() / manifest.name
    for output in (*manifest.writes, *manifest.renders):
        assert (folder / output.template).is_file()
    assert manifest.marks or manifest.is_output or manifest.name == "plain_php"
    assert not manifest.guard or manifest.marks
    assert not manifest.unfit or manifest.values
    others = {one.name for one in manifests()}
    assert set(manifest.instead_of) <= others


def test_every_folder_is_a_stack_and_has_no_template_that_nobody_writes() -> None:
    named = {
        manifest.name: {output.template for output in (*manifest.writes, *manifest.renders)}
        for manifest in manifests()
    }
    for folder in config_templates_folder().iterdir():
        files = {path.name for path in folder.iterdir()} - {"stack.yaml"}
        assert folder.name == "plain_php" or files == named[folder.name]


def test_a_new_stack_is_one_folder(tmp_path: Path) -> None:
    folder = tmp_path / "cakephp"
    folder.mkdir()
    (folder / "stack.yaml").write_text(
        "title: CakePHP\nmarks:\n  - {file: bin/cake.php}\n  - {file: config/bootstrap.php, holds: Cake}\n"
        "guard:\n  - [config/bootstrap.php]\n"
    )
    files = {"bin/cake.php": b"<?php", "config/bootstrap.php": b"<?php use Cake\\Core\\Configure;"}
    (stack,) = detect(files.get, files, [*manifests(), load(folder)])
    assert stack.sentence == (
        "stack: CakePHP (bin/cake.php, config/bootstrap.php): the guard stands in config/bootstrap.php"
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("marks: []\n", "must have a title"),
        ("title: X\ngaurd: []\n", "did you mean guard"),
        ("title: X\nguard: [index.php]\n", "guard"),
    ],
)
def test_a_manifest_that_is_wrong_is_told_with_its_line(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "stack.yaml").write_text(text)
    with pytest.raises(UsageError) as caught:
        load(tmp_path)
    assert words in str(caught.value)
