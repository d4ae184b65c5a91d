"""AWS's own command line for Elastic Beanstalk, in an environment of its own that `make awsebcli` makes."""

from __future__ import annotations

from pathlib import Path

import pytest

PROGRAM = Path(__file__).parent / ".venv" / "bin" / "eb"


def program() -> Path:
    """The program `eb`; skips, saying why, without it."""
    if not (PROGRAM.parents[1] / ".ready").exists():
        pytest.skip("awsebcli is not installed: make awsebcli")
    return PROGRAM
