"""The two servers, and the shop whose values their rows hold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import shop
from tests.database import mariadb
from tests.database.mariadb import PASSWORD, Pair, Server


@pytest.fixture(scope="session")
def both() -> Iterator[Pair]:
    with mariadb.servers() as pair:
        yield pair


@pytest.fixture
def project(applied: Path, both: Pair, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shop with its load test, and a fingerprint of production's server."""
    monkeypatch.setenv("PORTABILITY_DATABASE_PASSWORD", PASSWORD)
    fingerprint(applied, both.production)
    return applied


def fingerprint(app: Path, server: Server) -> None:
    """Records a server as production's, as `portability fingerprint` does."""
    wanted = "'server_uid', 'server_id', 'hostname', 'datadir'"
    told = server.sql(f"SHOW GLOBAL VARIABLES WHERE Variable_name IN ({wanted})", "mysql")
    rows = told.decode().splitlines()
    marks = dict(row.split("\t") for row in rows)
    head = {"version": 1, "environment": "production", "taken": "2024-01-01"}
    servers = {"writer": {"service": "mysql", "marks": marks}}
    shop.write(
        app, "config/portability/fingerprints/production.json", json.dumps({**head, "servers": servers})
    )
