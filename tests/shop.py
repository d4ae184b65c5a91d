"""A small shop in a folder, and the command line run on it: in this process, or as a program of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ENVIRONMENTS = "config/portability/environments"
SECRETS = ("Fake-Password-1", "Fake-Smtp-Pw-2")
SETTINGS = "version: 1\nproduction: {hosts: [shop.example]}\n"
FILES = {
    "public/index.php": "<?php\n"
    "$link = new mysqli('shop.cluster-c1x2.eu-west-1.rds.amazonaws.com', 'shop', 'Fake-Password-1');\n"
    "$sub = 'www';\n"
    '$url = "https://{$sub}.shop.example/x";\n'
    "echo \"<a href='https://www.shop.example/'>shop</a>\";\n",
    "config/mail.ini": '[mail]\nsmtp_host = "smtp.shop.example"\nsmtp_password = "Fake-Smtp-Pw-2"\n',
    "cron/go.sh": "#!/bin/sh\necho https://www.shop.example/cron\n",
    "portability.yaml": SETTINGS,
}
LOADTEST = """\
DB_HOST: db.lt.internal
DB_PASSWORD: {secret: 'file:config/portability/secrets/loadtest/DB_PASSWORD'}
SHOP_HOST: shop-lt.example
SMTP_HOST: smtp.shop-lt.example
SMTP_PASSWORD: {secret: 'file:config/portability/secrets/loadtest/SMTP_PASSWORD'}
WWW_HOST: www.shop-lt.example
"""
Tree = dict[str, tuple[bytes, int]]


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@shop.example", "-c", "core.autocrlf=false"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, timeout=60)


def commit(app: Path) -> None:
    git(app, "add", "--all")
    git(app, "commit", "--quiet", "--allow-empty", "--message", "as it is")


def make(app: Path, with_git: bool = True) -> Path:
    """The shop, as it runs in production, committed."""
    for name, text in FILES.items():
        write(app, name, text)
    (app / "cron/go.sh").chmod(0o755)
    if with_git:
        git(app, "init", "--quiet", "--template=")
        commit(app)
    return app


def write(app: Path, name: str, text: str | bytes) -> Path:
    path = app / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8") if isinstance(text, str) else text)
    return path


def fill(app: Path, text: str = LOADTEST) -> None:
    """What a person writes for the load test."""
    write(app, f"{ENVIRONMENTS}/loadtest.yaml", text)
    for key in ("DB_PASSWORD", "SMTP_PASSWORD"):
        write(app, f"config/portability/secrets/loadtest/{key}", f"Fake-Lt-{key}\n")


def tree(app: Path) -> Tree:
    """Each file's bytes and permission bits, without git's and the journal's own; links by their target."""
    found = {}
    for path in sorted(app.rglob("*")):
        name = path.relative_to(app)
        if name.parts[0] in (".git", ".portability"):
            continue
        if path.is_symlink():
            found[str(name)] = (os.fsencode(path.readlink()), 0)
        elif path.is_file():
            found[str(name)] = (path.read_bytes(), path.stat().st_mode & 0o7777)
    return found


@dataclass(frozen=True)
class Done:
    """A run that ended: its exit code and what it printed."""

    code: int
    out: str
    err: str


def command(app: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "portability", "-C", str(app), *arguments]


def environment(**changes: str) -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    return {**kept, "PYTHONPATH": str(Path(__file__).parents[1]), **changes}


def program(app: Path, *arguments: str, prefix: tuple[str, ...] = (), **variables: str) -> Done:
    """Runs the command line as a program of its own, without a terminal; it must leave no traceback."""
    done = subprocess.run(
        [*prefix, *command(app, *arguments)],
        cwd=app if app.is_dir() else None,
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    out, err = (stream.decode("utf-8", "surrogateescape") for stream in (done.stdout, done.stderr))
    assert "Traceback" not in err, err
    return Done(done.returncode, out, err)


def copy(source: Path, target: Path) -> Path:
    return Path(shutil.copytree(source, target, symlinks=True))
