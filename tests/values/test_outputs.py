"""What outputs say is read back by their real readers, and no file of people's is overwritten."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from examples.stage.webserver import MODULES_FOLDER
from portability.errors import UsageError
from portability.model import Scalar
from portability.settings.manifests import output_names
from portability.settings.project import Settings, load
from portability.values import outputs
from portability.values.outputs import SPELLINGS
from tests.fastcgi import ask
from tests.prove.applications import unpacked
from tests.shop import fill, make, program, write

ROOT, PYTHON = Path(__file__).parents[2], sys.executable
VALUES: dict[str, Scalar] = {
    "HOST": "db1.shop.example",
    "SPACED": "a b ; c # d",
    "QUOTED": 'a"b',
    "SINGLE": 'it\'s "so" $x `y` \\n',
    "SLASHED": "a\\b\\\\c",
    "DOLLAR": "pa$word%x",
    "PORT": 3306,
    "ON": True,
}
TEXTS = {key: "true" if value is True else str(value) for key, value in VALUES.items()}


def settings_of(root: Path, names: str) -> Settings:
    (root / "portability.yaml").write_text(f"version: 1\noutputs: [{names}]\n")
    return load(root)


def rendered(root: Path, name: str) -> str:
    """What an output renders of the values, in a project that asks for it alone."""
    (file,) = outputs.rendered(settings_of(root, name), "loadtest", VALUES)
    return file.data.decode()


@pytest.mark.parametrize("name", output_names())
def test_every_output_writes_each_key_once_and_no_word_stays(name: str, tmp_path: Path) -> None:
    settings = settings_of(tmp_path, name)
    values: dict[str, Scalar] = {"FIRST_KEY": "one.example", "SECOND_KEY": "two.example"}
    files = outputs.rendered(settings, "loadtest", values)
    files += outputs.written(settings, {"FIRST_KEY": False, "SECOND_KEY": True})
    assert files
    for file in files:
        assert b"@@" not in file.data
        assert b"FIRST_KEY" in file.data or b"SECOND_KEY" in file.data or file.path.endswith(".sh")


def apache(config: Path) -> subprocess.CompletedProcess[str]:
    modules = "".join(
        f"LoadModule {n}_module {MODULES_FOLDER}/mod_{n}.so\n" for n in ("mpm_prefork", "authz_core")
    )
    main = config.parent / "apache.conf"
    folder = config.parent
    head = f"ServerRoot {folder}\nErrorLog {folder}/log\nListen 127.0.0.1:1\nServerName x\n"
    main.write_text(f"{head}{modules}Include {config}\n")
    command = ["apache2", "-f", str(main), "-t", "-D", "DUMP_RUN_CFG"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_apache_defines_each_value_and_stops_on_a_missing_one(tmp_path: Path) -> None:
    (tmp_path / "current.conf").write_text(rendered(tmp_path, "apache"))
    (needs,) = outputs.written(settings_of(tmp_path, "apache"), dict.fromkeys(VALUES, False))
    (tmp_path / "needs.conf").write_bytes(needs.data)
    both = tmp_path / "both.conf"
    both.write_text(f"Include {tmp_path}/current.conf\nInclude {tmp_path}/needs.conf\n")
    told = apache(both)
    assert told.returncode == 0, told.stderr
    for key, text in TEXTS.items():
        assert f"Define: {key}={text}\n" in told.stdout, key
    lines = (tmp_path / "current.conf").read_text().splitlines(keepends=True)
    (tmp_path / "current.conf").write_text("".join(line for line in lines if "Define HOST " not in line))
    told = apache(both)
    assert told.returncode != 0
    assert "HOST has no value here" in told.stderr


def test_apache_would_start_without_the_value_otherwise(tmp_path: Path) -> None:
    """The reason for needs.conf: an unknown name is left as it stands."""
    (tmp_path / "site.conf").write_text("Define URL https://${HOST}/\n")
    told = apache(tmp_path / "site.conf")
    assert told.returncode == 0
    assert "Define: URL=https://${HOST}/" in told.stdout


@pytest.fixture(scope="module")
def fpm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpacked("php8.2-fpm", tmp_path_factory.mktemp("fpm")) / "usr/sbin/php-fpm8.2"


@pytest.fixture
def pool(fpm: Path, tmp_path: Path) -> Iterator[Path]:
    """The socket of a php-fpm whose pool includes the rendered file."""
    (tmp_path / "current.fpm.conf").write_text(rendered(tmp_path, "php_fpm"))
    config = tmp_path / "fpm.conf"
    config.write_text(
        f"[global]\nerror_log = {tmp_path}/log\ndaemonize = no\n[www]\nlisten = {tmp_path}/socket\n"
        f"pm = static\npm.max_children = 1\ninclude = {tmp_path}/current.fpm.conf\n"
    )
    as_root = ["--allow-to-run-as-root"]
    process = subprocess.Popen([fpm, "-n", "-y", str(config), *as_root], stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while not (tmp_path / "socket").exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        yield tmp_path / "socket"
    finally:
        process.terminate()
        process.wait(60)


@pytest.mark.prove
def test_php_fpm_gives_its_workers_each_value(pool: Path, tmp_path: Path) -> None:
    script = tmp_path / "page.php"
    names = json.dumps(list(TEXTS))
    script.write_text(
        f"<?php $found = []; foreach (json_decode('{names}') as $name) {{"
        " $found[$name] = [getenv($name), $_SERVER[$name]]; } echo json_encode($found);"
    )
    assert json.loads(ask(pool, script)) == {key: [text, text] for key, text in TEXTS.items()}


@pytest.mark.parametrize(("name", "text"), [("fpm", "$HOME"), ("fpm", ""), ("fpm", "it's ${X}")])
def test_php_fpm_is_not_told_what_it_would_read_otherwise(name: str, text: str) -> None:
    assert SPELLINGS[name](text) is None


@pytest.mark.parametrize("name", SPELLINGS)
def test_no_output_takes_a_line_end(name: str) -> None:
    written = SPELLINGS[name]("a\nb")
    assert written is None or name == "shell"


def test_a_value_that_cannot_be_told_names_its_key_and_not_itself(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        outputs.rendered(settings_of(tmp_path, "php_fpm"), "loadtest", {"TOKEN": "$Fake-Secret"})
    assert "TOKEN" in caught.value.message
    assert "Fake-Secret" not in str(caught.value)


@pytest.mark.parametrize("text", [*TEXTS.values(), ""])
def test_a_shell_reads_its_spelling_back(text: str) -> None:
    done = subprocess.run(
        ["sh", "-c", f"printf %s {SPELLINGS['shell'](text)}"], capture_output=True, check=True
    )
    assert done.stdout.decode() == text


HOOKS = [f".platform/{kind}/predeploy/50_portability.sh" for kind in ("hooks", "confighooks")]


@pytest.fixture
def beanstalk(tmp_path: Path) -> Path:
    """A shop that asks for Elastic Beanstalk's files, applied."""
    app = make(tmp_path / "app", with_git=False)
    write(app, "portability.yaml", (app / "portability.yaml").read_text() + "outputs: [elastic_beanstalk]\n")
    assert program(app, "apply", "--yes").code == 0
    return app


def test_elastic_beanstalk_gets_its_hooks_executable_and_its_secrets_named(beanstalk: Path) -> None:
    for hook in HOOKS:
        assert (beanstalk / hook).stat().st_mode & 0o777 == 0o755
        assert subprocess.run(["bash", "-n", beanstalk / hook], check=False).returncode == 0
    config = (beanstalk / ".ebextensions/portability.config").read_text()
    assert "DB_PASSWORD: arn:aws:secretsmanager:" in config
    assert "DB_HOST" not in config


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_renders_for_its_environment_or_ends_the_deployment(beanstalk: Path, hook: str) -> None:
    fill(beanstalk)
    tools = beanstalk.parent / "bin"
    tools.mkdir()
    (tools / "portability").write_text(f'#!/bin/sh\nexec "{PYTHON}" -m portability "$@"\n')
    (tools / "portability").chmod(0o755)

    def run(**variables: str) -> subprocess.CompletedProcess[str]:
        path = variables.pop("PATH", f"{tools}:/usr/bin:/bin")
        return subprocess.run(
            [beanstalk / hook],
            cwd=beanstalk,
            env={"PATH": path, "PYTHONPATH": str(ROOT), **variables},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    nobody = run()
    assert (nobody.returncode, "PORTABILITY_ENV is not set" in nobody.stderr) == (78, True)
    unknown = run(PORTABILITY_ENV="loadtest", PATH="/usr/bin:/bin")
    assert (unknown.returncode, "not installed" in unknown.stderr) == (78, True)
    assert not (beanstalk / "config/portability/current/current.php").exists()
    done = run(PORTABILITY_ENV="loadtest")
    assert done.returncode == 0, done.stderr
    assert "db.lt.internal" in (beanstalk / "config/portability/current/current.php").read_text()


def test_peoples_own_file_is_never_overwritten(tmp_path: Path) -> None:
    app = make(tmp_path / "app", with_git=False)
    write(app, "portability.yaml", (app / "portability.yaml").read_text() + "outputs: [elastic_beanstalk]\n")
    write(app, HOOKS[0], "#!/bin/sh\necho ours\n")
    done = program(app, "apply", "--yes")
    assert done.code == 4
    assert HOOKS[0] in done.err
    assert (app / HOOKS[0]).read_text() == "#!/bin/sh\necho ours\n"
    assert not (app / "config/portability").exists()


def test_a_file_that_is_peoples_after_the_first_time_stays_as_they_wrote_it(beanstalk: Path) -> None:
    config = beanstalk / ".ebextensions/portability.config"
    config.write_text("option_settings: {}\n")
    write(beanstalk, "more.php", "<?php\n$m = 'https://media.shop.example/';\n")
    assert program(beanstalk, "apply", "--yes").code == 0
    assert config.read_text() == "option_settings: {}\n"


def test_an_output_that_is_asked_for_later_is_written_without_an_edit(tmp_path: Path) -> None:
    app = make(tmp_path / "app", with_git=False)
    assert program(app, "apply", "--yes").code == 0
    settings = (app / "portability.yaml").read_text()
    write(app, "portability.yaml", settings + "outputs: [apache, symfony]\n")
    seen = program(app, "apply", "--check")
    assert (seen.code, "config/portability/needs.conf  new" in seen.out) == (1, True)
    assert program(app, "apply").code == 2
    assert program(app, "apply", "--yes").code == 0
    assert "<IfDefine !DB_HOST>" in (app / "config/portability/needs.conf").read_text()
    assert "\n/.env.local\n" in (app / ".gitignore").read_text()
    assert program(app, "apply", "--yes").out == "Plan: nothing to edit.\n"
    assert program(app, "apply", "--undo").code == 0
    assert not (app / "config/portability/needs.conf").exists()


def test_the_plan_still_says_that_the_settings_know_an_output(tmp_path: Path) -> None:
    app = make(tmp_path / "app", with_git=False)
    write(app, "portability.yaml", "version: 1\noutputs: [apach]\n")
    done = program(app, "plan")
    assert done.code == 2
    assert "did you mean apache?" in done.err
