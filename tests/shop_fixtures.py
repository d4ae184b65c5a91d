"""The shop in its two states, made once and copied for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from portability.cli import run
from tests import shop


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shop.make(tmp_path_factory.mktemp("fresh") / "shop")


@pytest.fixture(scope="session")
def done(fresh: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop after apply, its load test filled in, production rendered, all committed."""
    app = shop.copy(fresh, tmp_path_factory.mktemp("done") / "shop")
    assert run(["-q", "-C", str(app), "apply", "--yes"]) == 0
    shop.fill(app)
    assert run(["-q", "-C", str(app), "render", "--env", "production"]) == 0
    shop.commit(app)
    return app


@pytest.fixture
def app(fresh: Path, tmp_path: Path) -> Path:
    return shop.copy(fresh, tmp_path / "shop")


@pytest.fixture
def applied(done: Path, tmp_path: Path) -> Path:
    return shop.copy(done, tmp_path / "shop")
