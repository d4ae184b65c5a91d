"""Interrupted, killed, out of disk, without a reader or a terminal: the tree stays all-old or all-new."""

from __future__ import annotations

import errno
import os
import pty
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from portability.applying import transaction
from portability.cli import run
from tests import shop
from tests.shop import Tree, command, environment, program, tree, write


def wide(app: Path, files: int = 6) -> Path:
    """The shop with more files, so that there is a middle to be stopped in."""
    for number in range(files):
        write(app, f"src/page{number}.php", f"<?php\n$u = 'https://www.shop.example/{number}';\n")
    shop.commit(app)
    return app


@pytest.fixture(scope="module")
def ends(fresh: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Tree, Tree]:
    """A wide shop, and its tree before and after apply."""
    app = wide(shop.copy(fresh, tmp_path_factory.mktemp("wide") / "shop"))
    twin = shop.copy(app, app.parent / "twin")
    assert run(["-q", "-C", str(twin), "apply", "--yes"]) == 0
    return app, tree(app), tree(twin)


def started(app: Path, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command(app, *arguments),
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def stopped(app: Path, moment: str, number: int) -> tuple[int, str]:
    """Sends a signal so long after the start, or after the word `Proof` (the writing follows at once)."""
    word, _, milliseconds = moment.partition("+")
    child = started(app, "apply", "--yes")
    assert child.stdout is not None
    while word == "proof" and b"Proof:" not in child.stdout.readline():
        assert child.poll() is None
    time.sleep(int(milliseconds) / 1000)
    os.killpg(child.pid, number)
    _, errors = child.communicate(timeout=30)
    return child.returncode, errors.decode()


EARLY = ["start+500"]
EACH_CHANGE = (0, 12, 28, 50, 100)
MOMENTS = [
    pytest.param(f"proof+{milliseconds}", marks=[pytest.mark.prove] * (milliseconds not in EACH_CHANGE))
    for milliseconds in (0, 4, 8, 12, 16, 22, 28, 34, 42, 50, 60, 75, 100)
]


@pytest.mark.parametrize("moment", [*EARLY, *MOMENTS])
def test_interrupted_at_any_moment_it_is_all_old_or_all_new(
    moment: str, ends: tuple[Path, Tree, Tree], tmp_path: Path
) -> None:
    source, old, new = ends
    app = shop.copy(source, tmp_path / "wide")
    code, errors = stopped(app, moment, signal.SIGINT)
    assert code in (0, 130)
    assert tree(app) in ((new,) if code == 0 else (old, new))
    if code == 130:
        assert errors.strip() == "error: interrupted; nothing was left half done"
    assert run(["-q", "-C", str(app), "apply", "--yes"]) == 0
    assert tree(app) == new
    assert run(["-q", "-C", str(app), "apply", "--undo"]) == 0
    assert tree(app) == old


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at_any_moment_the_next_run_finishes_or_takes_back(
    moment: str, ends: tuple[Path, Tree, Tree], tmp_path: Path
) -> None:
    source, old, new = ends
    app = shop.copy(source, tmp_path / "wide")
    stopped(app, moment, signal.SIGKILL)
    transaction.recover(app)
    assert tree(app) in (old, new)
    assert run(["-q", "-C", str(app), "apply", "--yes", "--allow-dirty"]) == 0
    assert tree(app) == new
    assert run(["-q", "-C", str(app), "apply", "--undo"]) == 0
    assert tree(app) == old


def test_a_killed_run_is_spoken_of_by_the_next(app: Path) -> None:
    write(app, "a.txt", "one")
    transaction.commit(app, [transaction.Change("a.txt", b"one", b"two")], "apply")
    folder = next((app / ".portability/journal").glob("0*"))
    (folder / "DONE").rename(folder / "PREPARED")
    assert "an earlier run was cut off; its changes are now" in program(app, "apply", "--yes").err


@pytest.mark.parametrize("arguments", [("scan",), ("plan", "--diff"), ("scan", "--format", "json")])
def test_a_reader_that_goes_away_changes_nothing_about_the_exit_code(
    app: Path, arguments: tuple[str, ...]
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        command(app, *arguments), env=environment(), stdout=writer, stderr=subprocess.PIPE, check=False
    )
    os.close(writer)
    assert (done.returncode, b"Traceback" in done.stderr, b"Exception" in done.stderr) == (1, False, False)


def test_an_apply_whose_reader_goes_away_finishes(app: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(command(app, "apply", "--yes"), env=environment(), stdout=writer, check=False)
    os.close(writer)
    assert done.returncode == 0
    assert program(app, "scan").code == 0


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_closed_stream_is_no_bug(app: Path, number: int) -> None:
    shell = 'exec "$@" ' + ("<&-", ">&-", "2>&-")[number]
    done = program(app, "scan", prefix=("sh", "-c", shell, "sh"))
    assert done.code == 1


def test_a_full_output_is_told(app: Path) -> None:
    done = program(app, "scan", prefix=("sh", "-c", 'exec "$@" >/dev/full', "sh"))
    assert done.code == 5
    assert done.err.startswith("error: cannot write the output: no space left on device")


def on_terminal(app: Path, typed: Sequence[bytes], *arguments: str, **variables: str) -> tuple[int, str]:
    """Runs the command line on a terminal of its own, typing when it asks; exit code and screen."""
    main, side = pty.openpty()
    child = subprocess.Popen(
        ["setsid", "--ctty", *command(app, *arguments)],
        env=environment(TERM="xterm", **variables),
        stdin=side,
        stdout=side,
        stderr=side,
    )
    os.close(side)
    screen, waiting, asked = b"", list(typed), 0
    try:
        while select.select([main], [], [], 30)[0]:
            try:
                screen += os.read(main, 65536)
            except OSError as error:
                assert error.errno == errno.EIO
                break
            if screen.count(b"[d]iff: ") > asked and waiting:
                asked = screen.count(b"[d]iff: ")
                os.write(main, waiting.pop(0))
    finally:
        os.close(main)
    return child.wait(timeout=30), screen.decode()


@pytest.mark.parametrize(
    ("typed", "code", "changes"),
    [
        ((b"y\n",), 0, True),
        ((b"YES\n",), 0, True),
        ((b"n\n",), 1, False),
        ((b"maybe\n", b"n\n"), 1, False),
        ((b"d\n", b"y\n"), 0, True),
        ((b"d\n", b"\x04"), 2, False),
        ((b"\x04",), 2, False),
        ((b"\x03",), 130, False),
    ],
)
def test_the_question_on_a_terminal(app: Path, typed: tuple[bytes, ...], code: int, changes: bool) -> None:
    before = tree(app)
    found, screen = on_terminal(app, typed, "apply")
    assert found == code, screen
    assert (tree(app) != before) is changes
    assert ("+$link = new mysqli(" in screen) is (typed[0] == b"d\n")
    assert not any(secret in screen for secret in shop.SECRETS)


@pytest.mark.parametrize(
    ("options", "variables", "colours"),
    [
        ((), {}, True),
        (("--color", "never"), {}, False),
        ((), {"NO_COLOR": "1"}, False),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
    ],
)
def test_colours_on_a_terminal(
    app: Path, options: tuple[str, ...], variables: dict[str, str], colours: bool
) -> None:
    code, screen = on_terminal(app, (), *options, "scan", **variables)
    assert code == 1
    assert ("\x1b[" in screen.replace(CLEARED, "")) is colours


def test_colours_elsewhere(app: Path) -> None:
    assert "\x1b[" not in program(app, "scan").out
    assert "\x1b[" in program(app, "--color", "always", "scan").out
    assert "\x1b[" in program(app, "scan", FORCE_COLOR="1").out
    assert "\x1b[" not in program(app, "scan", TERM="dumb").out


CLEARED = "\x1b[K"
"""What takes the progress of a slow scan away again: no colour."""

UNSHARE = ("unshare", "--user", "--map-root-user", "--mount")
FULL = """
mount -t tmpfs -o size=$1 tmpfs "$2" || exit 99
cp -a "$3/." "$2" || exit 99
shift 3
"$@"
code=$?
tar -C "$PWD" -cf "$OUT" --exclude ./.git .
exit $code
"""


@pytest.mark.parametrize("size", ["200k", "240k", "280k", "320k", "400k"])
def test_on_a_full_disk_nothing_is_half_written(size: str, fresh: Path, tmp_path: Path) -> None:
    if subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode:
        pytest.skip("user namespaces are not allowed here")
    source = shop.copy(fresh, tmp_path / "source")
    shutil.rmtree(source / ".git")
    disk = tmp_path / "disk"
    disk.mkdir()
    out = tmp_path / "out.tar"
    script = ("sh", "-c", f"cd / && {FULL.replace('$PWD', str(disk))}", "sh", size, str(disk), str(source))
    done = program(disk, "apply", "--yes", prefix=(*UNSHARE, *script), OUT=str(out))
    assert done.code in (0, 5), done.err
    subprocess.run(["tar", "-xf", str(out), "-C", str(disk)], check=True)
    if done.code == 5:
        assert "no space left on device" in done.err
        assert tree(disk) == tree(source)
    else:
        assert program(disk, "scan").code == 0


def without_rights() -> tuple[str, ...]:
    """What runs a program for whom permissions count: root has to give up its capabilities first."""
    if os.geteuid():
        return ()
    if not shutil.which("setpriv"):
        pytest.skip("root ignores permissions, and setpriv is not installed")
    return ("setpriv", "--inh-caps=-all", "--bounding-set=-all")


def test_an_unreadable_file_is_left_out_and_said(app: Path) -> None:
    plain = without_rights()
    write(app, "secret.php", "<?php $x = 'https://www.shop.example/';\n").chmod(0)
    write(app, "image.bin", b"www.shop.example\0\1")
    report = program(app, "scan", "--format", "json", prefix=plain)
    assert report.code == 1
    assert '"secret.php"' in report.out
    assert "cannot be read: permission denied" in report.out
    assert '"not text"' in report.out
    assert program(app, "scan", "secret.php", prefix=plain).code == 3


def test_a_read_only_tree_is_refused_before_anything_is_written(app: Path) -> None:
    plain = without_rights()
    shutil.rmtree(app / ".git")
    before = tree(app)
    folders = [app, *(path for path in app.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    try:
        done = program(app, "apply", "--yes", prefix=plain)
        again = program(app, "init", "--force", prefix=plain)
    finally:
        for folder in folders:
            folder.chmod(0o755)
    assert done.code == 5
    assert done.err.startswith("error: cannot read or write the journal: permission denied")
    assert again.code == 5
    assert tree(app) == before


def test_two_applies_at_once_make_one(ends: tuple[Path, Tree, Tree], tmp_path: Path) -> None:
    source, _, new = ends
    app = shop.copy(source, tmp_path / "wide")
    both = [started(app, "apply", "--yes") for _ in range(2)]
    errors = [child.communicate(timeout=60)[1].decode() for child in both]
    codes = sorted(child.returncode for child in both)
    assert codes[0] == 0, errors
    assert codes[1] in (0, 4), errors
    assert tree(app) == new
