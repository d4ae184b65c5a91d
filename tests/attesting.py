"""A small project with values and a target that serves a release of it, verified a moment ago."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from portability import targets
from portability.asking.verdicts import Area, Check, Deployed, Result, Verification
from portability.attestation import attested, gate, signing
from portability.attestation import statement as attestation
from portability.attestation.envelopes import wrap
from portability.attestation.gate import Ruling, Wanted
from portability.attestation.signing import PrivateKey
from portability.attestation.statement import Statement
from portability.settings.project import Settings, load
from portability.settings.replica import Target
from tests.deploying import Place, make_place

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
KEY = signing.generate()
SETTINGS = """\
version: 1
production: {{hosts: [shop.example], networks: [10.20.0.0/16]}}
environments:
  production: {{}}
  loadtest:
    binding: {{host: {host}}}
    target: {{kind: local, folder: {folder}, written: ['var/cache/*']}}
    networks: [10.30.0.0/16]
  other:
    target: {{kind: local, folder: {folder}}}
sites:
  www: {{host: {{key: SITE_HOST}}, document_root: public}}
probes:
  writer: {{service: mysql, host: {{key: DB_HOST}}, user: shop, password: {{key: DB_PASSWORD}}}}
waivers:
  - {{check: 'identity LDAP_HOST', reason: no directory, until: 2026-12-31}}
"""
VALUES = """\
SITE_HOST: www.{0}.example
DB_HOST: {{secret: 'file:secrets/{0}/host'}}
DB_PASSWORD: {{secret: 'file:secrets/{0}/password'}}
"""
KEYS = """\
DB_HOST: {service: mysql, category: host, kind: host}
DB_PASSWORD: {service: mysql, category: credential, kind: password}
SITE_HOST: {service: http, category: host, kind: host}
"""
PASSWORD = "Fake-Lt-Password"
PASSED = (
    Check(Area.VALUES, "loadtest", Result.PASS),
    Check(Area.IDENTITY, "writer", Result.PASS, found="lt-writer"),
)


def report(label: str, checks: tuple[Check, ...] = PASSED, environment: str = "loadtest") -> Verification:
    return Verification(environment, "local", label, checks)


@dataclass(frozen=True)
class Gated:
    """A project, its target, and where its attestation lies."""

    place: Place
    file: Path

    @property
    def settings(self) -> Settings:
        return load(self.place.project)

    @property
    def target(self) -> targets.Served:
        return targets.served(self._target)

    @property
    def _target(self) -> Target:
        target = self.settings.environment("loadtest").replica.target
        assert target is not None
        return target

    def write(self, path: str, text: str) -> None:
        file = self.place.project / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")

    def seal(self) -> Deployed:
        served = targets.seal(self._target)
        return Deployed("ab" * 20, "cd" * 32, served.seal)

    def statement(
        self,
        *checks: Check,
        ended: datetime = NOW,
        environment: str = "loadtest",
        application: str = "",
    ) -> Statement:
        return attestation.statement(
            report(self.target.label, checks or PASSED, environment),
            self.seal(),
            attested.configuration(self.settings, "loadtest", application),
            ended - timedelta(minutes=2),
            ended,
            application,
        )

    def sign(self, found: Statement, key: PrivateKey = KEY, change: Callable[[bytes], bytes] = bytes) -> None:
        self.file.write_bytes(wrap(change(attestation.dump(found)), key))

    def attest(self, *checks: Check, ended: datetime = NOW, application: str = "", **changes: str) -> None:
        found = self.statement(*checks, ended=ended, application=application)
        self.sign(replace(found, **changes))  # type: ignore[arg-type]

    def ask(self, wanted: Wanted | None = None, now: datetime = NOW) -> Ruling:
        return gate.ask(self.settings, self.file, KEY.public, now, wanted or Wanted("loadtest"))

    def refusals(self, wanted: Wanted | None = None, now: datetime = NOW) -> tuple[str, ...]:
        return self.ask(wanted, now).refusals


def make_gated(folder: Path) -> Gated:
    """The project, its first release served."""
    gated = Gated(make_place(folder), folder / "attested.json")
    gated.place.settle()
    host = os.uname().nodename
    gated.write("portability.yaml", SETTINGS.format(folder=gated.place.folder, host=host))
    gated.write("config/portability/keys.yaml", KEYS)
    for name, host in (("loadtest", "writer.lt.example"), ("production", "writer.shop.example")):
        gated.write(f"config/portability/environments/{name}.yaml", VALUES.format(name))
        gated.write(f"secrets/{name}/host", host)
        gated.write(f"secrets/{name}/password", PASSWORD if name == "loadtest" else "Fake-Prod-Password")
    return gated


def of_two_applications(gated: Gated) -> None:
    """The same project, its values those of two applications."""
    for name in ("shop", "office"):
        gated.write(f"apps/{name}/config/portability/keys.yaml", KEYS)
        for environment in ("loadtest", "production"):
            folder = f"apps/{name}/config/portability/environments"
            host = f"{name}.{'lt' if environment == 'loadtest' else 'shop'}.example"
            text = VALUES.format(environment).replace(f"www.{environment}.example", f"www.{host}")
            gated.write(f"{folder}/{environment}.yaml", text)
    settings = (gated.place.project / "portability.yaml").read_text()
    named = "applications: {shop: {root: apps/shop}, office: {root: apps/office}}\n"
    gated.write("portability.yaml", settings + named)
