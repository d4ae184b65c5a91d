"""Whatever a person gets wrong is told in plain words, with its own exit code, and nothing is written.

The golden files hold what is printed, named by the exit code; `UPDATE_GOLDEN=1` writes them anew.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from portability.cli import run
from tests import shop
from tests.shop import ENVIRONMENTS, LOADTEST, SECRETS, commit, fill, tree, write

GOLDEN = Path(__file__).parent / "golden" / "cli"
KINDS = {0: "OK", 1: "findings", 2: "usage", 3: "nothing examined", 4: "refused", 5: "unfinished"}
Prepare = Callable[[Path], object]


def told(app: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Runs the command line on `app`; its exit code and what it printed, machine's paths left out."""
    capsys.readouterr()
    code = run(["-C", str(app), *arguments])
    out, err = capsys.readouterr()
    for secret in (*SECRETS, "Fake-Lt-DB_PASSWORD"):
        assert secret not in out + err
    return code, _plain(out, app), _plain(err, app)


def _plain(text: str, app: Path) -> str:
    text = text.replace(str(app), "ROOT").replace(str(app.parent), "ABOVE")
    text = re.sub(r"PHP \d\.\d+\.\d+", "PHP X", re.sub(r"in \d+\.\d s", "in X s", text))
    return re.sub(r"\d{6}-\d{8}T\d{6}Z", "JOURNAL", text)


def to(name: str, text: str | bytes) -> Prepare:
    return lambda app: write(app, name, text)


def appended(name: str, text: str) -> Prepare:
    return lambda app: write(app, name, (app / name).read_text("utf-8") + text)


def filled(old: str, new: str) -> Prepare:
    assert old in LOADTEST
    return lambda app: fill(app, LOADTEST.replace(old, new))


def decided(*entries: str) -> Prepare:
    """Writes decisions; `KEY@path` at an entry's beginning stands for the finding of that key there."""

    def prepare(app: Path) -> None:
        lines = ["decisions:"]
        for entry in entries:
            place, _, rest = entry.partition(", ")
            key, at, path = place.partition("@")
            lines.append(f"- {{{fingerprint(app, key, path)}, {rest}}}" if at else f"- {{{entry}}}")
        write(app, "portability-decisions.yaml", "\n".join(lines) + "\n")
        commit(app)

    return prepare


def fingerprint(app: Path, key: str, path: str) -> str:
    """What a decision says to name the finding of `key` in the file `path`."""
    report = app.parent / "report.json"
    run(["-q", "-C", str(app), "scan", "--format", "json", "-o", str(report)])
    findings = json.loads(report.read_bytes())["findings"]
    found = next(f for f in findings if f["key"] == key and f["path"] == path)
    return f"fingerprint: {found['fingerprint']}, rule: {found['rule']}, path: {path}"


def plan_file(change: Callable[[dict[str, object]], object] = lambda content: None) -> Prepare:
    def prepare(app: Path) -> None:
        assert run(["-q", "-C", str(app), "plan", "-o", str(app / "plan.json")]) == 1
        content = json.loads((app / "plan.json").read_bytes())
        change(content)
        (app / "plan.json").write_text(json.dumps(content, indent=1) + "\n")

    return prepare


def then(*steps: Prepare) -> Prepare:
    return lambda app: [step(app) for step in steps]


def nothing(app: Path) -> None:
    pass


def without(*names: str) -> Prepare:
    def prepare(app: Path) -> None:
        for name in names:
            (app / name).unlink()

    return prepare


def link(name: str, target: str) -> Prepare:
    return lambda app: (app / name).symlink_to(target)


def values_behind_a_link(app: Path) -> None:
    (app / "config").rename(app / "real")
    (app / "config").symlink_to("real")
    commit(app)


def other_address(app: Path) -> None:
    """Production moves to another host, and nobody renders."""
    file = app / ENVIRONMENTS / "production.yaml"
    file.write_text(file.read_text("utf-8").replace("www.shop", "www2.shop"), "utf-8")


def new_lines(app: Path) -> None:
    """A line more in a committed file, and a file that git doesn't know."""
    file = app / "public/index.php"
    file.write_text(file.read_text("utf-8") + "$admin = 'https://admin.shop.example/';\n", "utf-8")
    write(
        app,
        "new.php",
        "<?php\nmail('a', 'b', \"From: x\");\n$p = ['db' => ['password' => 'Fake-Password-1']];\n",
    )


SMTP = "SMTP_HOST@config/mail.ini"
WWW = "WWW_HOST@cron/go.sh"
SHARED = f"{SMTP}, decision: shared, reason: 'one relay: for all #1'"
WRONG = "$a = 'https://www.shop.example/';\nfunction ( {\n"
PLAN = "ROOT/plan.json"
ON_FRESH: dict[str, tuple[Prepare, str]] = {
    "0-help-of-a-command": (nothing, "render --help"),
    "0-version": (nothing, "--version"),
    "1-plan": (nothing, "plan"),
    "1-plan-only-a-path-with-a-dot": (nothing, "plan --only ./config/mail.ini"),
    "1-apply-check": (nothing, "apply --check"),
    "1-apply-diff": (nothing, "apply --diff"),
    "1-decided-key": (decided(f"{SMTP}, decision: key, key: RELAY_HOST"), "plan --only smtp"),
    "1-decided-skip": (decided(f"{SMTP}, decision: skip, reason: theirs"), "plan --only smtp"),
    "1-decided-accept": (decided(f"{SMTP}, decision: accept, reason: known"), "scan config"),
    "1-decision-expired": (
        decided(f"{SMTP}, decision: accept, reason: known, until: 2020-01-31"),
        "scan config",
    ),
    "1-decision-unused": (decided("fingerprint: 00, rule: r, path: p, decision: skip, reason: r"), "scan"),
    "1-decided-shared": (decided(SHARED), "plan --only smtp"),
    "1-scan": (nothing, "scan"),
    "1-scan-explained": (nothing, "scan config --explain"),
    "1-scan-by-service": (nothing, "scan --by service"),
    "1-scan-github": (nothing, "scan config --format github"),
    "1-scan-sarif": (nothing, "scan config --format sarif"),
    "1-scan-since": (new_lines, "scan --since HEAD"),
    "0-scan-since-nothing-new": (appended("public/index.php", "// x\n"), "scan --since HEAD"),
    "1-scan-standard-input": (nothing, "scan - --as lib/x.php < public/index.php"),
    "0-scan-standard-input": (to("clean.php", "<?php\n"), "scan - --as lib/x.php < clean.php"),
    "2-scan-standard-input-unnamed": (nothing, "scan - < public/index.php"),
    "2-scan-standard-input-outside": (nothing, "scan - --as ../x.php < public/index.php"),
    "2-scan-standard-input-since": (nothing, "scan - --as x.php --since HEAD < public/index.php"),
    "2-scan-since-unknown": (nothing, "scan --since nowhere"),
    "3-scan-standard-input-no-text": (to("x.bin", b"a\0b"), "scan - --as lib/x.php < x.bin"),
    "2-no-command": (nothing, ""),
    "2-unknown-command": (nothing, "nonsense"),
    "2-mistyped-command": (nothing, "scna"),
    "2-mistyped-option": (nothing, "scan --fromat json"),
    "2-option-of-all-commands": (nothing, "scan -v"),
    "2-unknown-choice": (nothing, "scan --format xml"),
    "2-root-is-a-file": (nothing, "-C ROOT/portability.yaml scan"),
    "2-settings-missing": (nothing, "--config ROOT/nope.yaml scan"),
    "2-settings-a-folder": (nothing, "--config ROOT/public scan"),
    "2-settings-unknown-key": (to("portability.yaml", "prodction: {hosts: [a]}\n"), "scan"),
    "2-settings-wrong-type": (to("portability.yaml", "scan: 5\n"), "scan"),
    "2-settings-no-mapping": (to("portability.yaml", "- a\n"), "scan"),
    "2-settings-no-yaml": (to("portability.yaml", "scan: [\n"), "scan"),
    "2-settings-no-text": (to("portability.yaml", b"\xff\xfe\0"), "scan"),
    "2-settings-newer": (to("portability.yaml", "version: 2\n"), "scan"),
    "2-decisions-merge-conflict": (to("portability-decisions.yaml", "<<<<<<< HEAD\n"), "plan"),
    "2-decisions-unknown-word": (decided(f"{SMTP}, decision: acept, reason: x"), "plan"),
    "2-decided-name-is-reserved": (decided(f"{SMTP}, decision: key, key: PATH"), "plan"),
    "2-unknown-rule": (nothing, "scan --rule own-hots"),
    "2-path-outside": (nothing, "scan ABOVE"),
    "2-unknown-environment": (nothing, "render --env stage"),
    "2-render-before-apply": (nothing, "render --env production"),
    "2-nobody-to-ask": (nothing, "apply"),
    "2-plan-is-no-json": (nothing, "apply --yes ROOT/public/index.php"),
    "2-plan-is-other-json": (to("plan.json", '{"version": 1, "options": {}}'), f"apply --yes {PLAN}"),
    "2-plan-is-nested-too-deeply": (to("plan.json", "[" * 100_000), f"apply --yes {PLAN}"),
    "2-plan-of-other-types": (
        plan_file(lambda plan: plan.update(options={"paths": [3], "only": "x", "review": 1})),
        f"apply --yes {PLAN}",
    ),
    "2-plan-of-other-files": (plan_file(lambda plan: plan.update(files=["a"])), f"apply --yes {PLAN}"),
    "2-plan-of-another-version": (plan_file(lambda plan: plan.update(version=9)), f"apply --yes {PLAN}"),
    "2-plan-with-only": (plan_file(), f"apply --yes --only smtp {PLAN}"),
    "3-missing-path": (nothing, "scan nowhere"),
    "3-missing-root": (nothing, "-C ROOT/nowhere scan"),
    "3-empty-root": (lambda app: (app / "empty").mkdir(), "-C ROOT/empty scan"),
    "3-only-nothing": (nothing, "plan --only NOPE"),
    "3-plan-missing": (nothing, "apply --yes ROOT/plan.json"),
    "3-plan-is-a-folder": (nothing, "apply --yes ROOT/public"),
    "3-nothing-to-undo": (nothing, "apply --undo"),
    "3-check-before-apply": (nothing, "check --env production"),
    "4-dirty": (appended("public/index.php", "// x\n"), "apply --yes"),
    "4-untracked": (to("new.php", "<?php $x = 'https://www.shop.example/';\n"), "apply --yes"),
    "4-settings-there": (nothing, "init"),
    "4-old-php": (to("portability.yaml", "php: {version: '5.6'}\n"), "plan"),
    "4-stale-file-changed": (
        then(plan_file(), appended("public/index.php", "// https://x.shop.example\n")),
        f"apply --yes --allow-dirty {PLAN}",
    ),
    "4-stale-file-gone": (then(plan_file(), without("cron/go.sh")), f"apply --yes {PLAN}"),
    "4-stale-decisions": (then(plan_file(), decided(SHARED)), f"apply --yes {PLAN}"),
    "4-one-name-for-two-values": (
        decided(f"{SMTP}, decision: key, key: X_HOST", f"{WWW}, decision: key, key: X_HOST"),
        "apply --yes",
    ),
    "4-values-behind-a-link": (values_behind_a_link, "apply --yes"),
    "4-gitignore-is-a-folder": (lambda app: (app / ".gitignore").mkdir(), "apply --yes"),
    "4-gitignore-is-a-link": (then(link(".gitignore", "public/index.php"), commit), "apply --yes"),
    "5-no-php": (to("portability.yaml", shop.SETTINGS + "php: {binary: /nope/php}\n"), "apply --yes"),
    "5-php-is-something-else": (
        to("portability.yaml", shop.SETTINGS + "php: {binary: /bin/true}\n"),
        "apply --yes",
    ),
    "5-nothing-could-be-proven": (
        then(without("config/mail.ini", "cron/go.sh"), to("public/index.php", f"<?php\n{WRONG}"), commit),
        "apply --yes",
    ),
    "5-output-cannot-be-written": (nothing, "plan -o /proc/nope/plan.json"),
}  # fmt: skip
ON_APPLIED: dict[str, tuple[Prepare, str]] = {
    "0-check": (nothing, "check --env production"),
    "0-render": (nothing, "render --env loadtest"),
    "1-check-of-another-environment": (nothing, "check --env loadtest --without-php"),
    "1-check-of-a-value-changed-since": (other_address, "check --env production --without-php"),
    "1-check-of-a-hand-edited-file": (appended("config/mail.ini", "; x\n"), "check --env production"),
    "1-check-without-what-was-rendered": (
        without("config/portability/current/manifest.json"),
        "check --env production --without-php",
    ),
    "1-check-on-another-machine": (
        to("portability.yaml", shop.SETTINGS + "environments: {production: {binding: {host: nowhere-*}}}\n"),
        "check --env production --without-php",
    ),
    "4-values-setting-changed": (to("portability.yaml", shop.SETTINGS + "values: etc/v\n"), "apply --yes"),
    "2-unknown-scheme": (filled("db.lt.internal", "{secret: 'vault:/db'}"), "render --env loadtest"),
    "2-secret-written-out": (filled("db.lt.internal", "{secret: Fake-Lt-Oops}"), "render --env loadtest"),
    "2-secrets-missing": (
        then(
            filled("file:config/portability/secrets/loadtest/DB_PASSWORD", "env:UNSET_FOR_THIS_TEST"),
            without("config/portability/secrets/loadtest/SMTP_PASSWORD"),
        ),
        "render --env loadtest",
    ),
    "2-value-is-a-list": (filled("db.lt.internal", "[a, b]"), "render --env loadtest"),
    "2-value-misspelt": (filled("db.lt.internal", "{secrt: 'env:X'}"), "render --env loadtest"),
    "2-value-twice": (filled("DB_HOST", "WWW_HOST"), "render --env loadtest"),
    "2-value-number-or-text": (filled("db.lt.internal", "012345"), "render --env loadtest"),
    "2-manifest-damaged": (to("config/portability/current/manifest.json", "[["), "check --env production"),
    "4-values-missing": (filled("db.lt.internal", ""), "render --env loadtest"),
    "4-values-of-production": (
        filled("db.lt.internal", "shop.cluster-c1x2.eu-west-1.rds.amazonaws.com"),
        "render --env loadtest",
    ),
    "4-value-of-another-key-of-production": (
        filled("db.lt.internal", "www.shop.example"),
        "render --env loadtest",
    ),
    "4-secret-of-production-kept-elsewhere": (
        then(
            filled("internal", "internal"), to("config/portability/secrets/loadtest/DB_PASSWORD", SECRETS[0])
        ),
        "render --env loadtest",
    ),
    "4-credential-in-plain-text": (
        filled("{secret: 'file:config/portability/secrets/loadtest/DB_PASSWORD'}", "Fake-Lt-DB_PASSWORD"),
        "render --env loadtest",
    ),
    "4-unknown-key": (filled("DB_HOST", "EXTRA: 1\nDB_HOST"), "render --env loadtest"),
    "4-rendered-file-edited-by-hand": (appended("config/mail.ini", "; x\n"), "render --env loadtest"),
    "4-rendered-file-leads-out": (
        then(without("config/mail.ini"), link("config/mail.ini", "../../outside.ini")),
        "render --env loadtest",
    ),
    "4-undo-after-code-was-edited": (appended("public/index.php", "// x\n"), "apply --undo"),
    "4-undo-after-a-rendered-file-was-edited": (appended("config/mail.ini", "; x\n"), "apply --undo"),
    "5-check-without-an-interpreter": (
        to("portability.yaml", shop.SETTINGS + "php: {binary: /nope/php}\n"),
        "check --env production",
    ),
}


def _golden(name: str, app: Path, capsys: pytest.CaptureFixture[str], prepare: Prepare, line: str) -> None:
    prepare(app)
    before = tree(app)
    call, _, typed = line.partition(" < ")
    words = [word.replace("ROOT", str(app)).replace("ABOVE", str(app.parent)) for word in call.split()]
    with pytest.MonkeyPatch.context() as patch:
        if typed:
            patch.setattr("sys.stdin", TextIOWrapper(BytesIO((app / typed).read_bytes())))
        code, out, err = told(app, capsys, *words)
    text = f"$ portability {line}\n{out}--- standard error\n{err}"
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(text, "utf-8")
    assert text == file.read_text("utf-8")
    assert code == int(name[0])
    if code > 1:
        assert re.search(r"^(error|Usage): ", err, re.MULTILINE)
    if code != 0:
        assert tree(app) == before


@pytest.mark.parametrize("name", ON_FRESH)
def test_on_a_fresh_project(name: str, app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _golden(name, app, capsys, *ON_FRESH[name])


@pytest.mark.parametrize("name", ON_APPLIED)
def test_on_an_applied_project(name: str, applied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _golden(name, applied, capsys, *ON_APPLIED[name])


def test_there_is_no_golden_file_too_many() -> None:
    assert sorted(file.stem for file in GOLDEN.iterdir()) == sorted({*ON_FRESH, *ON_APPLIED})
