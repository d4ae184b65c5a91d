"""Serialised values of every kind are rewritten so that the real PHP reads what was meant."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings

from portability.database.names import names
from portability.database.splices import spliced
from portability.database.values import look
from tests.database import php
from tests.database.drawing import NEW, OLD, VALUES, Recipe, written
from tests.database.given import pair

NAMES = names([pair(OLD, NEW)])


@pytest.fixture(scope="module")
def interpreter() -> Iterator[php.Php]:
    with php.running() as running:
        yield running


def rewritten(interpreter: php.Php, recipe: Recipe) -> None:
    """The rewritten value is the one that the replica would have written itself, and PHP reads it."""
    before, wanted = written(recipe, OLD), written(recipe, NEW)
    told = interpreter.reads(before)
    assert told in ("same", "read"), before
    seen = look(before, NAMES)
    after = spliced(before, seen.splices)
    assert (after, seen.left) == (wanted, ())
    assert interpreter.reads(after) == told, after
    assert look(after, NAMES).splices == ()


@given(VALUES)
@settings(max_examples=400, deadline=None)
def test_a_rewritten_value_is_what_the_replica_would_have_written(
    interpreter: php.Php, recipe: Recipe
) -> None:
    rewritten(interpreter, recipe)


@pytest.mark.prove
@given(VALUES)
@settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck))
def test_so_are_ten_thousand(interpreter: php.Php, recipe: Recipe) -> None:
    rewritten(interpreter, recipe)
