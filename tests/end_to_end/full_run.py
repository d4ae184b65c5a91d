"""The whole road of a replica on Elastic Beanstalk, from its inventory to a campaign; what it left out."""

from __future__ import annotations

import base64
import io
import json
import re
import sys
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from examples import replica
from examples.stage import pages
from tests.end_to_end.aws import DEPLOY_SECRET, DEPLOY_TOKEN, address, instance, on_beanstalk, variables
from tests.end_to_end.beanstalking import SIDE
from tests.end_to_end.world import ROOT, World

ACCOUNTS = {"production": ("prod", "111122223333"), "loadtest": ("lt", "444455556666")}
READ_SECRETS = {
    "prod": "Fake-Prod-Reader-Secret-0000000000000000",
    "lt": "Fake-Lt-Reader-Secret-000000000000000000",
}
KEYS = {"prod": "AKIAFAKEFAKEFAKEFAKE", "lt": "AKIAFAKELOADTESTFAKE"}
GUARD = "    guard: {tags: {env: lt}, canary: [10.30.0.250], wait: 20}\n"
BLANK = ("S3_BUCKET", "SQS_QUEUE_URL", "SQS_QUEUE_ID")
"""The values that the inventory has to fill in."""
JOBS = "- {check: 'job *', reason: run by hand on the machines, until: 2099-12-31}\n"
LEAK = """\
<?php require_once __DIR__ . '/../config/portability/bootstrap.php';
@fsockopen('10.20.0.21', 3306, $number, $message, 0.2);
echo "<form action='//db.starclub.example/x'>", AppEnv\\DB_PASS, '</form>';
"""
"""A page that goes to production's database, and shows a password beside a name of production's."""
DATA = ("mysql", "redis", "rabbitmq", "template", "apps")
"""Folders of the lab in which its servers keep their own data."""


@dataclass
class Run:
    """The road so far: what each step printed, and what was seen of processes."""

    world: World
    folder: Path
    printed: dict[str, bytes] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)
    processes: set[str] = field(default_factory=set)
    before: dict[str, bytes] = field(default_factory=dict)
    seal: bytes = b""
    inventoried: int = 0

    @property
    def attested(self) -> Path:
        return self.folder / "verified.json"

    @property
    def key(self) -> Path:
        return self.folder / "keys" / "lt.key"

    def step(self, name: str, *arguments: str, timeout: float = 240) -> bytes:
        """Runs the command line under watch, on a machine of AWS with logs of its own; what it printed."""
        command = [sys.executable, "-m", "portability", "-C", str(self.world.story.app), *arguments]
        watched = [sys.executable, "-m", "tests.end_to_end.watched", *command]
        order = {"command": watched, "beyond": address(), "environment": self.variables()}
        inside = [sys.executable, "-m", "tests.end_to_end.inside_aws"]
        done = self.world.lab.run(SIDE, inside, cwd=ROOT, timeout=timeout, stdin=json.dumps(order))
        assert done.code == 0, done.stderr.decode()[-3000:]
        return self._kept(name, json.loads(json.loads(done.stdout)["out"]))

    def plain(self, name: str, *arguments: str, timeout: float = 240) -> bytes:
        """The same on the lab's AWS alone, which has both accounts."""
        command = [sys.executable, "-m", "portability", "-C", str(self.world.story.app), *arguments]
        watched = [sys.executable, "-m", "tests.end_to_end.watched", *command]
        done = self.world.lab.run(SIDE, watched, cwd=ROOT, timeout=timeout, environment=self.variables())
        assert done.code == 0, done.stderr.decode()[-3000:]
        return self._kept(name, json.loads(done.stdout))

    def variables(self) -> dict[str, str]:
        """What AWS's tools find in the environment: both accounts' profiles too."""
        return variables(AWS_CONFIG_FILE=str(self.folder / "aws" / "config"))

    def _kept(self, name: str, told: Mapping[str, Any]) -> bytes:
        self.processes |= set(told["seen"])
        self.codes[name] = told["code"]
        self.printed[f"{name}: stdout"] = told["out"].encode()
        self.printed[f"{name}: stderr"] = told["err"].encode()
        return self.printed[f"{name}: stdout"]

    def said(self, name: str) -> str:
        return (self.printed[f"{name}: stdout"] + self.printed[f"{name}: stderr"]).decode()

    def files(self) -> dict[str, bytes]:
        """Every file outside of the lab's servers, by a name that is the same in each run."""
        roots = {"app": self.world.story.app, "instance": instance(self.world), "own": self.folder}
        found = {
            f"{name}/{path.relative_to(root)}": path.read_bytes()
            for name, root in roots.items()
            for path in root.rglob("*")
            if path.is_file() and not path.is_symlink()
        }
        hidden = [word for name in DATA for word in ("--exclude", f"./{name}")]
        told = self.world.lab.run(
            SIDE, ["tar", "-C", "/run/lab", *hidden, "--exclude", "./given.jsonl", "-cf", "-", "."]
        )
        with tarfile.open(fileobj=io.BytesIO(told.stdout)) as tar:
            for one in tar:
                file = tar.extractfile(one) if one.isfile() else None
                if file is not None:
                    found[f"lab/{one.name.removeprefix('./')}"] = file.read()
        return found

    def left(self) -> dict[str, bytes]:
        """All that the run left: new and changed files, what was printed, and arguments of processes."""
        after = self.files()
        new = {place: data for place, data in after.items() if self.before.get(place) != data}
        return {**new, **self.printed, "arguments": "\n".join(sorted(self.processes)).encode()}

    def calls(self) -> list[dict[str, str]]:
        """Every call to the lab's AWS so far, in order, with whose key it was signed."""
        return [one for one in self.world.lab.recorded() if "operation" in one]

    def given(self) -> list[str]:
        """The keys of the probes that any deploy was given."""
        lines = self.world.inside("cat", "/run/lab/given.jsonl").splitlines()
        found = {json.loads(line).get("PORTABILITY_PROBE_KEY") for line in lines}
        return sorted(filter(None, found))

    def sessions(self) -> list[str]:
        """The session ids that the application has given out so far."""
        call = ["redis-cli", "-h", "10.30.0.32", "-a", "Fake-Lt-Sess-Auth", "--no-auth-warning", "keys", "*"]
        told = self.world.lab.run(SIDE, call).stdout.decode("latin-1")
        return re.findall(r"SC_SESS:([A-Za-z0-9,-]{20,})", told)


def secrets(run: Run) -> dict[str, str | bytes]:
    """Every secret of the lab by its name, but `root`, which is a word of many a path."""
    text = (ROOT / "examples/stage/loadtest-values.yaml").read_text("utf-8")
    pairs = yaml.safe_load(text)["credentials"].items()
    # An access key's id is no secret: AWS itself shows it in each signed URL, and in its logs.
    values = [v for pair in pairs for v in pair if v != "root" and not v.startswith("AKIA")]
    kept = {f"{file.parent.name}/{file.name}": file.read_text("utf-8").strip() for file in _kept(run)}
    own = {name: value for name, value in kept.items() if value != "root" and not value.startswith("AKIA")}
    pem = run.key.read_text("utf-8").splitlines()[1]
    return {
        **{f"credential {number}": value for number, value in enumerate(values)},
        **own,
        **{f"reader's key of {name}": value for name, value in READ_SECRETS.items()},
        "deployer's key": DEPLOY_SECRET,
        "deployer's session": DEPLOY_TOKEN,
        "fan's password": pages.FAN_PASSWORD,
        "attestation's private key": pem,
        "attestation's private key, raw": _raw(pem),
        "seal": run.seal,
        **{f"probe's key {number}": key for number, key in enumerate(run.given())},
        **{f"probe's key {number}, raw": bytes.fromhex(key) for number, key in enumerate(run.given())},
        **{f"session {number}": one for number, one in enumerate(run.sessions())},
    }


def _kept(run: Run) -> Iterator[Path]:
    folder = run.world.story.app / "config/portability/secrets"
    yield from (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name[0] != ".")


def _raw(pem: str) -> bytes:
    return base64.b64decode(pem)[-32:]


def settings(text: str) -> str:
    """The settings with both accounts and the guard, and a waiver for the jobs, which no one runs there."""
    for name, (profile, account) in ACCOUNTS.items():
        host = "replica" if name == "loadtest" else "null"
        cloud = f"{{profile: {profile}, regions: [eu-west-1]}}"
        binding = f"{{host: {host}, account: '{account}'}}"
        if name == "production":
            new = f"  production:\n    binding: {binding}\n    aws: {cloud}\n"
            text = text.replace("  production: {binding: {host: null}}\n", new)
        else:
            new = f"    binding: {binding}\n    aws: {cloud}\n{GUARD}"
            text = text.replace("    binding: {host: replica}\n", new)
    return text.replace("\nwaivers:\n", f"\nwaivers:\n{JOBS}")


def blanked(text: str) -> str:
    """The values without those that the inventory knows."""
    for name in BLANK:
        text = re.sub(rf"(?m)^{name}: .*\n", "", text)
    return text


@contextmanager
def begun(world: World, folder: Path) -> Iterator[Run]:
    """The fan club on Elastic Beanstalk with both accounts, before anything of it is run."""
    (folder / "aws").mkdir(parents=True)
    profiles = [
        f"[profile {name}]\nregion = eu-west-1\naws_access_key_id = {KEYS[name]}\n"
        f"aws_secret_access_key = {secret}\n"
        for name, secret in READ_SECRETS.items()
    ]
    (folder / "aws" / "config").write_text("".join(profiles), "utf-8")
    with on_beanstalk(world, 60):
        world.edit("portability.yaml", settings)
        world.edit("config/portability/environments/loadtest.yaml", blanked)
        world.commit()
        run = Run(world, folder)
        run.before = run.files()
        yield run


def go(run: Run) -> None:
    """Every step, in the order in which a team takes them; none is judged here."""
    world, attested = run.world, str(run.attested)
    verify = ("verify", "--env", "loadtest")
    gated = ("campaign", "run", "--env", "loadtest", "--attestation", attested, "--key", f"{run.key}.pub")
    load = ("--users", "4", "--rate", "4", "--time", "15s")
    run.plain("inventory", "inventory", "--env", "loadtest")
    replica.commit(world.story.app, "What the inventory found", force=False)
    run.inventoried = len(run.calls())
    run.plain("scan", "scan", "--format", "sarif", "-o", str(run.folder / "scan.sarif"))
    run.plain("keygen", "attest", "keygen", "-o", str(run.key))
    run.plain("refused campaign", *gated, *load)
    with world.restored():
        world.write("public/leak.php", LEAK)
        world.replace("portability.yaml", "\n  start: [", "\n  start: [/leak.php, ")
        world.commit()
        run.step("leak", *verify, "--format", "json", "-o", str(run.folder / "leak.json"))
        run.step(
            "leak on GitHub",
            *verify,
            "--format",
            "github",
            "--keep",
            "--only",
            "page*",
            "--only",
            "identity*",
        )
    run.step("verify", "-v", *verify, "--attest", attested, "--key", str(run.key))
    run.seal = (world.story.app / ".portability/targets/loadtest/.portability/seal").read_bytes()
    run.plain("check", "attest", "check", attested, "--key", f"{run.key}.pub", "--env", "loadtest")
    run.plain("campaign", *gated, *load, timeout=300)
    run.step("again", *verify, "--no-deploy", "--format", "junit", "-o", str(run.folder / "verify.xml"))


def report(run: Run) -> Mapping[str, Any]:
    """What the verification of the leak came to."""
    found: Mapping[str, Any] = json.loads((run.folder / "leak.json").read_bytes())
    return found
