"""Nothing in; out come the folders of rules and templates, in a checkout as in a wheel."""

from __future__ import annotations

from pathlib import Path

from portability.errors import Unfinished

_PACKAGE = Path(__file__).resolve().parents[1]


def rules_folder() -> Path:
    """The folder that holds `<service>/<rule-id>.yaml`; Unfinished if the installation lacks it."""
    return _folder("rules")


def config_templates_folder() -> Path:
    """The folder that holds `<stack>/…`; Unfinished if the installation lacks it."""
    return _folder("config_templates")


def _folder(name: str) -> Path:
    for candidate in (_PACKAGE / "_shipped" / name, _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise Unfinished(
        f"the folder {name} is missing from this installation",
        where=str(_PACKAGE),
        hint="install the package again, or run from a complete checkout",
    )
