"""One stand-in for all tests of a module; each test finds it new."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from examples.beanstalk import Fake, fresh, serving
from portability.system import aws
from tests.beanstalk.world import World, make_world


@pytest.fixture(scope="module")
def stand_in() -> Iterator[tuple[Fake, str]]:
    with serving(fresh()) as served:
        yield served


@pytest.fixture
def world(tmp_path: Path, stand_in: tuple[Fake, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    yield make_world(tmp_path, *stand_in, monkeypatch)
    aws.forget()
