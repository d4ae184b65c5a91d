"""Production's services in, asked on purpose and without a write; the marks that tell them apart out.

The file beside the values holds marks such as server_uuid and cluster_name: no host, account or secret.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from portability.asking.identity import Asks, Outcome, Reply, texts
from portability.errors import Unfinished, UsageError
from portability.model import Skipped
from portability.settings.project import PRODUCTION, Settings
from portability.settings.replica import ProbeSettings
from portability.values import environments

ASKED = ("mysql", "redis", "rabbitmq", "s3", "sqs", "sns", "smtp")
"""The services that have marks."""


@dataclass(frozen=True, slots=True)
class Marks:
    """One server's: the service it gives and what tells it from others."""

    service: str
    marks: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Production's servers by the names of the probes, the day, and the probes that told nothing."""

    taken: date
    servers: Mapping[str, Marks] = field(default_factory=dict)
    skipped: tuple[Skipped, ...] = ()

    def of_service(self, service: str) -> dict[str, Mapping[str, str]] | None:
        """The marks of every server that gives a service; None where none is recorded."""
        found = {name: one.marks for name, one in self.servers.items() if one.service == service}
        return found or None


def path_of(settings: Settings) -> Path:
    """Where production's fingerprint is kept: in version control, beside the values."""
    return settings.values_folder / "fingerprints" / f"{PRODUCTION}.json"


def marks_of(settings: Settings, service: str) -> dict[str, Mapping[str, str]] | None:
    """The marks of every server that gives a service to any of the applications; None where none is kept."""
    found: dict[str, Mapping[str, str]] = {}
    for part in environments.applied(settings):
        recorded = load(part)
        told = recorded.of_service(service) if recorded else None
        found |= {f"{part.application} {name}".strip(): marks for name, marks in (told or {}).items()}
    return found or None


def take(asker: Asks, settings: Settings, today: date) -> Fingerprint:
    """Asks every service of the running environment, all at once, who it is; writes nothing anywhere."""
    asked = [probe for probe in settings.verifying.probes if probe.service in ASKED]
    with ThreadPoolExecutor(max(1, len(asked))) as pool:
        replies = list(pool.map(lambda probe: _ask(asker, probe), asked))
    pairs = list(zip(asked, replies, strict=True))
    servers = {probe.name: Marks(probe.service, reply.marks) for probe, reply in pairs if reply.marks}
    lost = tuple(Skipped(probe.name, _why(reply)) for probe, reply in pairs if not reply.marks)
    return Fingerprint(today, servers, lost)


def _ask(asker: Asks, probe: ProbeSettings) -> Reply:
    looked = asker.ask("resolve", probe.service, probe.parameters)
    approved = {name: host.addresses for name, host in looked.hosts.items()}
    if looked.outcome is not Outcome.ANSWERED or not approved or not all(approved.values()):
        return looked
    told = asker.ask("identify", probe.service, probe.parameters, approved)
    return replace(told, facts={**told.facts, "hosts": looked.facts["hosts"]})


def _why(reply: Reply) -> str:
    missing = ", ".join(texts(reply.facts.get("missing")).values())
    if missing:
        return f"production has no value for {missing}"
    return reply.problem or str(reply.facts.get("error") or "") or "it told nothing that tells it from others"


def dump(fingerprint: Fingerprint) -> bytes:
    """The file's bytes."""
    servers = {
        name: {"service": one.service, "marks": dict(sorted(one.marks.items()))}
        for name, one in sorted(fingerprint.servers.items())
    }
    content = {"version": 1, "environment": PRODUCTION, "taken": fingerprint.taken.isoformat()}
    return (json.dumps({**content, "servers": servers}, indent=2, ensure_ascii=False) + "\n").encode()


def load(settings: Settings) -> Fingerprint | None:
    """The recorded fingerprint; None where none was taken. UsageError for a file that is none."""
    path = path_of(settings)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Unfinished(f"cannot read {path}: {(error.strerror or 'unknown reason').lower()}") from None
    try:
        return _read(json.loads(data))
    except (ValueError, LookupError, TypeError):
        hint = "take it again: portability fingerprint --env production"
        raise UsageError("this is no fingerprint of production", str(path), hint) from None


def _read(told: Any) -> Fingerprint:
    if told["version"] != 1 or told["environment"] != PRODUCTION:
        raise ValueError("another file")
    servers = {}
    for name, one in told["servers"].items():
        if not re.fullmatch(r"[a-z0-9]+", one["service"]) or not texts(one["marks"]):
            raise ValueError("a server without marks")
        servers[str(name)] = Marks(one["service"], texts(one["marks"]))
    return Fingerprint(date.fromisoformat(told["taken"]), servers)
