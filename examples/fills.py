"""An applied copy of the fan club in, its load-test values filled in as a person would, out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml


def fill_values(app: Path, environment: str, values: Mapping[str, str]) -> int:
    """Writes a value for every key of `environment` that has none; returns how many.

    `values` maps each production value to that of the environment; one that names nothing of production
    (localhost) is declared shared. A secret goes to a file, as production's did; a third party's key gets
    its sandbox.
    """
    folder = app / "config" / "portability"
    production = yaml.safe_load((folder / "environments" / "production.yaml").read_text("utf-8"))
    keys = yaml.safe_load((folder / "keys.yaml").read_text("utf-8"))
    file = folder / "environments" / f"{environment}.yaml"
    lines = []
    filled = 0
    for line in file.read_text("utf-8").splitlines():
        key, colon, rest = line.partition(":")
        if not colon or rest.partition("#")[0].strip() or key.startswith("#"):
            lines.append(line)
            continue
        filled += 1
        held = production[key]
        if isinstance(held, dict):
            lines.append(f"{key}: {{secret: '{_secret(app, environment, held['secret'], key, values)}'}}")
        elif isinstance(held, str) and _other(held, values) == held:
            lines.append(f"{key}: {{shared: 'the same in every environment'}}")
        elif keys[key].get("category") == "third-party":
            lines.append(f"{key}: {{sandbox: {_other(held, values)!r}}}")
        else:
            lines.append(f"{key}: {_other(held, values)!r}")
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return filled


def _secret(app: Path, environment: str, reference: str, key: str, values: Mapping[str, str]) -> str:
    """Puts the environment's own secret beside production's; returns the reference to it."""
    held = (app / reference.removeprefix("file:")).read_text("utf-8").removesuffix("\n")
    file = app / "config" / "portability" / "secrets" / environment / key
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(str(_other(held, values)) + "\n", "utf-8")
    return f"file:{file.relative_to(app).as_posix()}"


def _other(held: object, values: Mapping[str, str]) -> object:
    """The environment's own for a value of production: as listed, or by the listed names inside it."""
    if not isinstance(held, str):
        return int(values[str(held)]) if str(held) in values else held
    if held in values:
        return values[held]
    for known in sorted(values, key=len, reverse=True):
        if len(known) > 7 and known in held:
            return held.replace(known, values[known])
    return held
