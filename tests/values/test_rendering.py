"""What an environment's values are rendered to: what PHP, Python and a shell read is the value itself."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portability.errors import UsageError
from portability.model import Scalar
from portability.settings.project import OnMissing, Settings
from portability.values import rendering
from tests.shop import write

ODD: dict[str, Scalar] = {
    "A_TEXT": 'it\'s $HOME `id` \\ "x" %s é\n?> <?php',
    "B_NUMBER": 3306,
    "C_SWITCH": False,
    "D_REAL": 1.5,
    "E_EMPTY": "",
    "F_END": "\\",
}


def files(root: Path, values: dict[str, Scalar], **changes: object) -> dict[str, bytes]:
    project = Settings(root, root / "portability.yaml", **changes)  # type: ignore[arg-type]
    return {file.path: file.data for file in rendering.render(project, "production", values)}


def test_php_reads_the_same_values_with_their_types(tmp_path: Path) -> None:
    found = files(tmp_path, ODD, namespace="AppEnv\\Shop")
    file = write(tmp_path, "current.php", found["config/portability/current/current.php"])
    names = ", ".join(f"\\AppEnv\\Shop\\{name}" for name in ODD)
    code = f"require {str(file)!r}; echo json_encode([{names}]);"
    done = subprocess.run(["php", "-n", "-r", code], capture_output=True, check=True)
    assert json.loads(done.stdout) == list(ODD.values())


@settings(max_examples=15, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_a_shell_reads_the_same_text(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.getbasetemp() / "shell"
    file = write(
        folder, "current.env", files(folder, {"A_TEXT": text})["config/portability/current/current.env"]
    )
    command = ["sh", "-c", '. "$1"; printf %s "$A_TEXT"', "sh", str(file)]
    done = subprocess.run(command, capture_output=True, check=True)
    assert done.stdout.decode() == text


def test_json_holds_the_same_values(tmp_path: Path) -> None:
    found = json.loads(files(tmp_path, ODD)["config/portability/current/current.json"])
    assert (found["environment"], found["values"]) == ("production", ODD)


def test_production_has_a_second_name_only_where_it_may_be_fallen_back_to(tmp_path: Path) -> None:
    assert "config/portability/current/production.php" not in files(tmp_path, {})
    assert "config/portability/current/production.php" in files(tmp_path, {}, on_missing=OnMissing.PRODUCTION)


def test_a_template_keeps_its_bytes_and_its_permissions(tmp_path: Path) -> None:
    template = write(
        tmp_path, "config/portability/templates/bin/run.ini", b'caf\xe9 = "@@A_TEXT|ini.double@@"\r\n'
    )
    template.chmod(0o750)
    project = Settings(tmp_path, tmp_path / "portability.yaml")
    found = {file.path: file for file in rendering.render(project, "loadtest", {"A_TEXT": "x.example"})}
    assert found["bin/run.ini"].data == b'caf\xe9 = "x.example"\r\n'
    assert found["bin/run.ini"].mode == 0o750


def test_a_template_that_asks_for_an_unknown_key_names_its_line(tmp_path: Path) -> None:
    write(tmp_path, "config/portability/templates/a.ini", '[a]\nx = "@@NOT_THERE|ini.double@@"\n')
    with pytest.raises(UsageError) as raised:
        files(tmp_path, {"A_TEXT": "x"})
    assert "config/portability/templates/a.ini" in raised.value.where


def test_the_manifest_notices_a_change_by_hand_and_names_no_value(tmp_path: Path) -> None:
    for path, data in files(tmp_path, ODD).items():
        write(tmp_path, path, data)
    project = Settings(tmp_path, tmp_path / "portability.yaml")
    known = rendering.load_manifest(project)
    assert known is not None
    assert rendering.changed_by_hand(project, known) == []
    write(tmp_path, "config/portability/current/current.php", "<?php\n")
    (tmp_path / "config/portability/current/current.env").unlink()
    assert sorted(rendering.changed_by_hand(project, known)) == [
        "config/portability/current/current.env",
        "config/portability/current/current.php",
    ]
    assert "3306" not in (tmp_path / "config/portability/current/manifest.json").read_text()


@pytest.mark.parametrize(
    "text", ["", "[", "[]", '{"files": {}}', '{"environment": "a", "files": 3}', "[" * 100_000]
)
def test_a_damaged_manifest_is_told_with_the_way_out(tmp_path: Path, text: str) -> None:
    write(tmp_path, "config/portability/current/manifest.json", text)
    with pytest.raises(UsageError) as raised:
        rendering.load_manifest(Settings(tmp_path, tmp_path / "portability.yaml"))
    assert "remove it" in raised.value.hint


def test_a_name_of_other_bytes_is_rendered_and_known_again(tmp_path: Path) -> None:
    write(tmp_path, "config/portability/templates/caf\udce9.ini", '[a]\nx = "@@A_TEXT|ini.double@@"\n')
    for path, data in files(tmp_path, {"A_TEXT": "x"}).items():
        write(tmp_path, path, data)
    project = Settings(tmp_path, tmp_path / "portability.yaml")
    known = rendering.load_manifest(project)
    assert known is not None
    assert "caf\udce9.ini" in known.files
    assert rendering.changed_by_hand(project, known) == []
