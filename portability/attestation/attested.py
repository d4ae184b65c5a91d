"""A project and an environment in, the digests of all that a verification of it rests on out.

Files in version control give a digest each: settings, keys, the values of the environment and of production
(a secret is a reference there), production's fingerprint, the inventory; of several applications those of
each, for a release holds them all. The map of endpoints gives one
more, for a host may be a reference too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping

from portability.errors import Unfinished
from portability.inventory import mapfile
from portability.model import Scalar
from portability.settings.parameters import Key, Parameter
from portability.settings.project import PRODUCTION, Settings
from portability.system import secrets
from portability.values import environments, parts
from portability.verification import fingerprint

MAP = "map of endpoints"
"""The name of the map's digest, beside those of files."""

_LOGIN = ("user", "password", "access_key", "secret_key")


def files(settings: Settings, name: str) -> dict[str, str]:
    """The sha256 of each file by its name: relative to the root, where it lies below it."""
    root = settings.root
    paths = [settings.file]
    for part in environments.applied(settings):
        paths += [
            root / environments.keys_path(part),
            *(root / environments.path_of(part, one) for one in (name, PRODUCTION)),
            fingerprint.path_of(part),
        ]
    paths.append(mapfile.path_of(settings, name))
    found = {}
    for path in paths:
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            continue
        except OSError as error:
            reason = (error.strerror or "unknown reason").lower()
            raise Unfinished(f"cannot read what was verified: {reason}", str(path)) from None
        absolute = path.resolve()
        shown = absolute.relative_to(root).as_posix() if absolute.is_relative_to(root) else path.name
        found[shown] = hashlib.sha256(data).hexdigest()
    return found


def configuration(settings: Settings, name: str, application: str = "") -> dict[str, str]:
    """The digests of the files and of the application's map, by name. It reads the environment's secrets.

    UsageError where the settings name several applications and `application` is none of them.
    """
    (one, *_), held = parts.of(settings, application, name)
    text = json.dumps(endpoints(one, name, held), sort_keys=True)
    return {**files(settings, name), MAP: hashlib.sha256(text.encode("ascii")).hexdigest()}


def endpoints(settings: Settings, name: str, held: Mapping[str, Scalar]) -> dict[str, object]:
    """Whom the application talks to and where the replica is, by name: hosts, never a login."""
    replica, verifying = settings.environment(name).replica, settings.verifying
    return {
        "sites": {
            site.name: [site.scheme, site.document_root, _told(site.host, held)] for site in verifying.sites
        },
        "probes": {
            probe.name: {"service": probe.service, "role": probe.role, **dict(_of(probe.parameters, held))}
            for probe in verifying.probes
        },
        "endpoints": {key: dict(_of(one.parameters, held)) for key, one in replica.endpoints.items()},
        "networks": sorted(map(str, replica.networks)),
        "production": [sorted(map(str, settings.production.networks)), sorted(settings.production.hosts)],
    }


def _of(given: Mapping[str, Parameter], held: Mapping[str, Scalar]) -> Iterator[tuple[str, str]]:
    yield from ((name, _told(one, held)) for name, one in given.items() if name not in _LOGIN)


def _told(given: Parameter, held: Mapping[str, Scalar]) -> str:
    if isinstance(given, Key):
        return f"{held.get(given.name, '')}"
    return str(given) if isinstance(given, secrets.Reference) else given
