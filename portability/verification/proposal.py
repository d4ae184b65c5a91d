"""The keys of a project in, a beginning of what verify needs in portability.yaml out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from portability.model import Category
from portability.values.environments import KeyInfo

_ASKABLE = ("mysql", "redis", "rabbitmq", "smtp")
_ABOVE = """\
# A beginning, made of the keys. What stands in <> only you know; docs/verify.md explains every line.

# In production:
#   networks: [<10.20.0.0/16>]
#   canary: [<an address in them that belongs to no machine>]
# In environments.{name}:
#   target: {{kind: local, folder: </srv/app>, group: <www-data>, restart: [<systemctl restart apache2>]}}
#   networks: [<10.30.0.0/16>]
#   allow: [{{to: <the name server>, reason: name server}}]
#   endpoints: {{}}  # each probe's name again, with the address and login by your inventory: sets the beacon
#   database: {{url: 'mysql://<user>@<host>/<name>', password: {{secret: 'env:<DB>'}}}}  # docs/database.md
"""


def propose(name: str, keys: Mapping[str, KeyInfo], document_root: str, application: str = "") -> str:
    """YAML for portability.yaml: the environment's part as comments, then sites, probes, jobs and crawl.

    Those of an application of its own belong below its name.
    """
    sites = list(_sites(keys, document_root))
    probes = list(_probes(keys))
    lines = [
        _ABOVE.format(name=name) + (f"# In applications.{application}:\n" if application else ""),
        *_section("sites", sites),
        *_section("probes", probes),
        "jobs: {}  # nightly: {command: php cron/nightly.php}, mails: {command: php mails.php, worker: true}",
        "",
        "crawl:",
        "  start: [/]",
        "  # login: {url: /login, form: {user: <a test user>, password: {secret: 'env:FAN'}}, status: 302}",
    ]
    return "\n".join(lines) + "\n"


def _section(name: str, lines: list[str]) -> list[str]:
    return [f"{name}:", *(f"  {line}" for line in lines), ""] if lines else [f"{name}: {{}}", ""]


def _sites(keys: Mapping[str, KeyInfo], document_root: str) -> Iterator[str]:
    for key, info in keys.items():
        if info.service == "http" and info.category == Category.HOST and info.kind == "host":
            name = key.lower().removesuffix("_host").removeprefix("host_")
            yield f"{name}: {{host: {{key: {key}}}, document_root: {document_root or '<public>'}}}"


def _probes(keys: Mapping[str, KeyInfo]) -> Iterator[str]:
    for key, info in keys.items():
        name = key.lower().replace("_", "-").removesuffix("-host")
        role = f", role: {info.role}" if info.role in ("writer", "reader") else ""
        if info.service in _ASKABLE and info.category == Category.HOST and info.kind == "host":
            login = _login(info, keys)
            yield f"{name}: {{service: {info.service}{role}, host: {{key: {key}}}{login}}}"
        elif info.service == "s3" and info.kind == "bucket":
            yield f"{name}: {{service: s3, bucket: {{key: {key}}}, region: <eu-west-1>{_aws(keys)}}}"
        elif info.service == "sqs" and info.kind == "url":
            yield f"{name}: {{service: sqs, queue: {{key: {key}}}, region: <eu-west-1>{_aws(keys)}}}"
        elif info.service == "sns" and info.kind == "arn":
            yield f"{name}: {{service: sns, topic: {{key: {key}}}, region: <eu-west-1>{_aws(keys)}}}"


def _login(info: KeyInfo, keys: Mapping[str, KeyInfo]) -> str:
    """User and password: the key that is a password of the same service and role, where there is one."""
    if info.service == "smtp":
        return ""
    found = [
        key
        for key, other in keys.items()
        if (other.service, other.kind) == (info.service, "password") and other.role in ("", info.role)
    ]
    exact = [key for key in found if keys[key].role == info.role] or found
    password = f", password: {{key: {exact[0]}}}" if exact else ""
    user = "" if info.service == "redis" else ", user: <user>"
    return f"{user}{password}"


def _aws(keys: Mapping[str, KeyInfo]) -> str:
    names = {"access_key": "AWS_ACCESS_KEY_ID", "secret_key": "AWS_SECRET_ACCESS_KEY"}
    return "".join(f", {name}: {{key: {key}}}" for name, key in names.items() if key in keys)
