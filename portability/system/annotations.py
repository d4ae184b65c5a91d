"""A message and a place in, one of GitHub's workflow commands out.

Source of the form: GitHub's documentation, "Workflow commands for GitHub Actions".
"""

from __future__ import annotations

from collections.abc import Mapping


def annotation(level: str, message: str, properties: Mapping[str, str]) -> str:
    """The line that makes an annotation of the level notice, warning or error."""
    written = ",".join(f"{name}={_property(text)}" for name, text in properties.items())
    return f"::{level} {written}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
