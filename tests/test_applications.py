"""Two applications and a library of both in one repository: each has its own values, in one request too."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from portability.cli import run
from portability.errors import UsageError
from portability.settings.project import load
from tests import shop
from tests.shop import program, write

FILES = {
    "portability.yaml": "version: 1\nproduction: {hosts: [shop.example]}\n"
    "applications:\n  shop: {root: apps/shop}\n  back-office: {root: apps/office}\n",
    "lib/mail.php": "<?php\nfunction relay() { return 'smtp.shop.example'; }\n",
    "apps/shop/index.php": "<?php\nrequire_once __DIR__ . '/../../lib/mail.php';\n"
    "function shop() { return [new_link('db1.shop.example', 'Fake-Shop-Pw'), relay()]; }\n"
    'function new_link($host, $password) { return "$host/$password"; }\n'
    "function link_shop() { return @new mysqli('db1.shop.example', 'shop', 'Fake-Shop-Pw'); }\n",
    "apps/office/office.php": "<?php\nrequire_once __DIR__ . '/../../lib/mail.php';\n"
    "function office() { return ['db2.shop.example', relay()]; }\n"
    "function link_office() { return @new mysqli('db2.shop.example', 'office', 'Fake-Office-Pw'); }\n",
    "apps/office/app.ini": '[a]\nhost = "db2.shop.example"\n',
    "apps/office/job.sh": "#!/bin/sh\necho https://www.shop.example/\n",
    "both.php": "<?php\nrequire __DIR__ . '/apps/shop/index.php';\n"
    "require __DIR__ . '/apps/office/office.php';\n"
    "echo json_encode([shop(), office()]);\n",
}
BOTH = [["db1.shop.example/Fake-Shop-Pw", "smtp.shop.example"], ["db2.shop.example", "smtp.shop.example"]]


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("applications") / "repo"
    for name, text in FILES.items():
        write(root, name, text)
    (root / "apps/office/job.sh").chmod(0o755)
    shop.git(root, "init", "--quiet", "--template=")
    shop.commit(root)
    assert json.loads(php(root)[1]) == BOTH
    assert run(["-q", "-C", str(root), "apply", "--yes"]) == 0
    assert run(["-q", "-C", str(root), "render", "--env", "production"]) == 0
    shop.commit(root)
    return root


@pytest.fixture
def repo(applied: Path, tmp_path: Path) -> Path:
    return shop.copy(applied, tmp_path / "repo")


def php(root: Path, **variables: str) -> tuple[int, str, str]:
    clean = {name: value for name, value in os.environ.items() if name != "PORTABILITY_ENV"}
    command = ["php", "-n", str(root / "both.php")]
    done = subprocess.run(command, env={**clean, **variables}, capture_output=True, timeout=60, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_both_in_one_request_see_production_s_values(repo: Path) -> None:
    code, out, err = php(repo)
    assert (code, err) == (0, "")
    assert json.loads(out) == BOTH


def test_each_reads_constants_of_its_own_and_the_library_the_common_ones(repo: Path) -> None:
    assert "\\AppEnv\\Shop\\DB" in (repo / "apps/shop/index.php").read_text()
    assert "\\AppEnv\\BackOffice\\DB" in (repo / "apps/office/office.php").read_text()
    assert "\\AppEnv\\SMTP_HOST" in (repo / "lib/mail.php").read_text()
    assert "/config/portability/bootstrap.php'" in (repo / "lib/mail.php").read_text().splitlines()[0]
    for path in ("apps/shop", "apps/office", "."):
        assert (repo / path / "config/portability/environments/loadtest.yaml").is_file()
        assert (repo / path / "config/portability/current/current.php").is_file()


def test_one_name_may_hold_two_values(repo: Path) -> None:
    held = {}
    for path in ("apps/shop", "apps/office"):
        lines = (repo / path / "config/portability/environments/production.yaml").read_text().splitlines()
        held[path] = dict(line.split(": ", 1) for line in lines if not line.startswith("#"))
    name = next(key for key, value in held["apps/shop"].items() if value == "db1.shop.example")
    assert held["apps/office"][name] == "db2.shop.example"


def test_what_no_constant_reaches_is_a_template_of_its_application(repo: Path) -> None:
    templates = repo / "apps/office/config/portability/templates/apps/office"
    assert sorted(path.name for path in templates.iterdir()) == ["app.ini", "job.sh"]
    assert (repo / "apps/office/app.ini").read_text() == FILES["apps/office/app.ini"]
    assert (repo / "apps/office/job.sh").read_text() == FILES["apps/office/job.sh"]
    assert (repo / "apps/office/job.sh").stat().st_mode & 0o777 == 0o755


def test_nothing_is_left_and_nothing_is_done_twice(repo: Path) -> None:
    assert run(["-q", "-C", str(repo), "scan"]) == 0
    before = shop.tree(repo)
    assert run(["-q", "-C", str(repo), "apply", "--yes"]) == 0
    assert shop.tree(repo) == before


def test_a_check_looks_at_all(repo: Path) -> None:
    done = program(repo, "check", "--env", "production")
    assert done.code == 0, done.out
    assert [line for line in done.out.splitlines() if line.endswith(":")] == [
        "in no application:",
        "shop:",
        "back-office:",
    ]
    (repo / "apps/office/config/portability/current/current.php").unlink()
    assert program(repo, "check", "--env", "production").code == 1


def test_an_application_that_is_not_ready_keeps_all_from_being_rendered(repo: Path) -> None:
    shared = "{shared: 'in every environment'}"
    for path in ("apps/shop", "."):
        file = repo / path / "config/portability/environments/loadtest.yaml"
        lines = file.read_text().splitlines()
        file.write_text("".join(f"{line.rstrip()} {shared}\n" for line in lines if not line.startswith("#")))
    before = shop.tree(repo)
    done = program(repo, "render", "--env", "loadtest")
    assert done.code == 4
    assert "apps/office/config/portability/environments/loadtest.yaml" in done.err
    assert shop.tree(repo) == before


def test_applications_of_two_environments_don_t_run_in_one_request(repo: Path) -> None:
    file = repo / "apps/office/config/portability/current/current.php"
    file.write_text(file.read_text().replace("'production'", "'loadtest'"))
    code, out, err = php(repo)
    assert (code, out) == (78, "")
    assert "was rendered for loadtest, but another application of this request for production" in err


def test_undo_gives_every_byte_back(applied: Path, tmp_path: Path) -> None:
    root = tmp_path / "repo"
    for name, text in FILES.items():
        write(root, name, text)
    before = shop.tree(root)
    assert run(["-q", "-C", str(root), "apply", "--yes"]) == 0
    assert run(["-q", "-C", str(root), "render", "--env", "production"]) == 0
    assert shop.tree(root) != before
    assert run(["-q", "-C", str(root), "apply", "--undo"]) == 0
    assert shop.tree(root) == before


def test_the_plan_tells_the_keys_by_application(tmp_path: Path) -> None:
    root = tmp_path / "repo"
    for name, text in FILES.items():
        write(root, name, text)
    done = program(root, "plan", "-o", str(tmp_path / "plan.json"))
    assert done.code == 1
    assert "  shop (\\AppEnv\\Shop):" in done.out
    assert "  in no application (\\AppEnv):" in done.out
    keys = json.loads((tmp_path / "plan.json").read_text())["keys"]
    assert {key["application"] for key in keys} == {"", "shop", "back-office"}
    assert program(root, "apply", "--yes", str(tmp_path / "plan.json")).code == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{a: {root: x}, b: {root: x}}", "applications.b.root is that of a already"),
        ("{a: {}}", "must say its root"),
        ("{a: {root: ../x}}", "below the project's root"),
        ("{A: {root: x}}", "lower case"),
        ("{a: {root: x, namespace: AppEnv}}", "gives a the namespace of what lies in no application"),
        ("{a-b: {root: x}, a_b: {root: y}}", "gives a_b the namespace of a-b"),
        ("{a: {root: x, values: v}, b: {root: y, values: v}}", "gives b the values of a"),
        ("{a: {root: x, folder: y}}", "unknown key"),
    ],
)
def test_what_would_mix_two_applications_is_refused(tmp_path: Path, text: str, words: str) -> None:
    write(tmp_path, "portability.yaml", f"version: 1\napplications: {text}\n")
    with pytest.raises(UsageError) as raised:
        load(tmp_path)
    assert words in raised.value.message


def test_the_innermost_application_has_a_file(tmp_path: Path) -> None:
    applications = "{a: {root: x}, b: {root: x/y, values: v/b}, list: {root: z}}"
    text = f"version: 1\nrendered: ../out\napplications: {applications}\n"
    write(tmp_path, "portability.yaml", text)
    settings = load(tmp_path)
    paths = ["x/f.php", "x/y/f.php", "xy/f.php", "v/b/templates/x/y/f.ini", "f.php"]
    assert [settings.application_of(path) for path in paths] == ["a", "b", "", "b", ""]
    assert [(p.namespace, p.values, p.rendered) for p in settings.parts()] == [
        ("AppEnv", "config/portability", "../out"),
        ("AppEnv\\A", "x/config/portability", "../out/a"),
        ("AppEnv\\B", "v/b", "../out/b"),
        ("AppEnv\\ListApp", "z/config/portability", "../out/list"),
    ]


def test_outputs_lie_with_each_application_and_what_has_one_place_is_of_all(repo: Path) -> None:
    write(
        repo,
        "portability.yaml",
        FILES["portability.yaml"] + "outputs: [apache, elastic_beanstalk, symfony]\n",
    )
    assert run(["-q", "-C", str(repo), "apply", "--yes"]) == 0
    assert run(["-q", "-C", str(repo), "apply", "--check"]) == 0
    for path in ("apps/shop", "apps/office", "."):
        assert "Written by" in (repo / path / "config/portability/needs.conf").read_text()
    hook = (repo / ".platform/hooks/predeploy/50_portability.sh").read_text()
    assert "'config/portability/current' 'apps/shop/config/portability/current'" in hook
    assert (repo / ".ebextensions/portability.config").read_text().count("DB_PASSWORD: arn:") == 1
    assert run(["-q", "-C", str(repo), "render", "--env", "production"]) == 0
    assert "db1.shop.example" in (repo / "apps/shop/.env.local").read_text()
    assert "db2.shop.example" in (repo / "apps/office/.env.local").read_text()
    assert "smtp.shop.example" in (repo / ".env.local").read_text()
    places = [".env.local", "apps/shop/.env.local", "apps/office/.env.local"]
    done = subprocess.run(["git", "check-ignore", *places], cwd=repo, check=False, capture_output=True)
    assert done.stdout.decode().split() == places


def test_a_stack_s_guard_loads_the_values_of_its_own_application_only(tmp_path: Path) -> None:
    write(tmp_path, "portability.yaml", "version: 1\napplications: {shop: {root: apps/shop}}\n")
    write(tmp_path, "wp-load.php", "<?php\ndefine('ABSPATH', __DIR__ . '/');\n")
    write(tmp_path, "wp-config.php", "<?php\ndefine('DB_HOST', 'db1.shop.example');\n")
    write(tmp_path, "wp-includes/version.php", "<?php\n$wp_version = '6.1';\n")
    door = "<?php\ndefined('ABSPATH') || exit;\n$u = 'https://www.shop.example/';\n"
    write(tmp_path, "wp-content/plugins/a/a.php", door)
    write(tmp_path, "apps/shop/a.php", door)
    done = program(tmp_path, "apply", "--yes")
    assert done.code == 0, done.err
    assert "require_once" not in (tmp_path / "wp-content/plugins/a/a.php").read_text()
    assert "/config/portability/bootstrap.php" in (tmp_path / "apps/shop/a.php").read_text()


def test_a_key_of_several_applications_is_renamed_in_all_of_them_at_once(repo: Path) -> None:
    before = shop.tree(repo)
    rename = ("rename", "DB_PASSWORD", "MAIN_PASSWORD", "--yes")
    assert run(["-q", "-C", str(repo), *rename]) == 0
    assert "\\AppEnv\\Shop\\MAIN_PASSWORD" in (repo / "apps/shop/index.php").read_text()
    assert "\\AppEnv\\BackOffice\\MAIN_PASSWORD" in (repo / "apps/office/office.php").read_text()
    for path in ("apps/shop", "apps/office"):
        assert "MAIN_PASSWORD" in (repo / path / "config/portability/environments/loadtest.yaml").read_text()
    assert run(["-q", "-C", str(repo), "render", "--env", "production"]) == 0
    assert json.loads(php(repo)[1]) == BOTH
    assert run(["-q", "-C", str(repo), "apply", "--undo"]) == 0
    assert run(["-q", "-C", str(repo), "render", "--env", "production"]) == 0
    assert shop.tree(repo) == before


def test_a_new_environment_gets_its_lines_in_each_application(repo: Path) -> None:
    text = FILES["portability.yaml"] + "environments: {production: {}, loadtest: {}, staging: {}}\n"
    write(repo, "portability.yaml", text)
    done = program(repo, "apply", "--check")
    assert (done.code, done.out.count("staging.yaml")) == (1, 3)
    assert run(["-q", "-C", str(repo), "apply", "--yes"]) == 0
    for path in ("apps/shop", "apps/office", "."):
        known = (repo / path / "config/portability/keys.yaml").read_text().splitlines()[1:]
        lines = (repo / path / "config/portability/environments/staging.yaml").read_text().splitlines()
        names = [line.partition(":")[0] for line in lines if not line.startswith("#")]
        assert sorted(names) == sorted(line.partition(":")[0] for line in known)
    assert run(["-q", "-C", str(repo), "apply", "--check"]) == 0


def test_git_keeps_both_sides_lines_of_each_application(repo: Path) -> None:
    about = (repo / ".gitattributes").read_text()
    for path in ("", "apps/shop/", "apps/office/"):
        assert f"/{path}config/portability/environments/*.yaml merge=union" in about


def test_a_name_that_one_application_gives_another_value_is_avoided_there_only(tmp_path: Path) -> None:
    for name, text in FILES.items():
        write(tmp_path, name, text)
    write(tmp_path, "apps/shop/old.php", "<?php\ndefine('DB_PASSWORD', getenv('P') ?: 'none');\n")
    write(tmp_path, "apps/shop/older.php", "<?php\ndefine('DB_PASSWORD', 'none');\n")
    assert run(["-q", "-C", str(tmp_path), "apply", "--yes"]) == 0
    assert "\\Shop\\DB_PASSWORD" not in (tmp_path / "apps/shop/index.php").read_text()
    assert "\\BackOffice\\DB_PASSWORD" in (tmp_path / "apps/office/office.php").read_text()
