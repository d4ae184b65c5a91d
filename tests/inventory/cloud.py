"""Two AWS accounts for a test, on moto's own server: production's and the replica's, each by its profile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from portability.system import aws
from tests.clouding import REGION, credentials, moto

PRODUCTION, REPLICA = "111122223333", "444455556666"

SETTINGS = f"""
environments:
  production:
    binding: {{account: '{PRODUCTION}'}}
    aws: {{profile: prod, regions: [{REGION}]}}
  loadtest:
    binding: {{account: '{REPLICA}'}}
    aws: {{profile: lt, regions: [{REGION}]}}
"""

_CONFIG = """[profile prod]
role_arn = arn:aws:iam::111122223333:role/read-only
credential_source = Environment
[profile lt]
role_arn = arn:aws:iam::444455556666:role/read-only
credential_source = Environment
"""


@dataclass(frozen=True)
class Cloud:
    """Makes clients of either account: `prod("rds")`, `lt("rds")`.

    `further` is what the listings that moto lacks tell: account -> list -> its parts.
    """

    further: dict[str, dict[str, list[dict[str, Any]]]]

    def prod(self, service: str, region: str = REGION) -> Any:
        return aws.Session("production", region, "prod")._client(service)

    def lt(self, service: str, region: str = REGION) -> Any:
        return aws.Session("replica", region, "lt")._client(service)

    @property
    def both(self) -> tuple[tuple[str, Any], ...]:
        """(the words of names, clients) of each side."""
        return (("prod", self.prod), ("lt", self.lt))


@contextmanager
def clouds(patch: pytest.MonkeyPatch, folder: Path) -> Iterator[Cloud]:
    """Two empty accounts; two listings that moto lacks answer with what a test puts into `further`."""
    further: dict[str, dict[str, list[dict[str, Any]]]] = {}
    _add(patch, "rds", "RDSResponse", "describe_db_cluster_endpoints", "DBClusterEndpoints", further)
    _add(
        patch, "elasticache", "ElastiCacheResponse", "describe_serverless_caches", "ServerlessCaches", further
    )
    config = folder / "aws-config"
    config.write_text(_CONFIG)
    with moto() as address:
        credentials(patch, address)
        patch.setenv("AWS_CONFIG_FILE", str(config))
        aws.forget()
        empty(address)
        yield Cloud(further)
    aws.forget()


def _add(
    patch: pytest.MonkeyPatch,
    service: str,
    name: str,
    action: str,
    listed: str,
    further: Mapping[str, Mapping[str, list[dict[str, Any]]]],
) -> None:
    """Gives moto's server an action that it lacks, in its own form of answers."""
    from moto.core.responses import ActionResult  # noqa: PLC0415

    def answer(self: Any) -> object:
        return ActionResult({listed: further.get(self.current_account, {}).get(listed, [])})

    patch.setattr(getattr(import_module(f"moto.{service}.responses"), name), action, answer, raising=False)


def empty(address: str) -> None:
    """Empties moto, which keeps its state from one server to the next."""
    import requests  # noqa: PLC0415

    requests.post(f"{address}/moto-api/reset", timeout=60)


def project(root: Path, settings: str = SETTINGS, files: Mapping[str, str] | None = None) -> Path:
    """A project with those settings."""
    root.mkdir(exist_ok=True)
    (root / "portability.yaml").write_text("version: 1\n" + settings)
    for name, text in (files or {}).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root
