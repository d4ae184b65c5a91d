"""The values of one environment in, the files that its readers need out (bytes, not yet written).

`current.php` holds literal defines, `current.json` serves Python and other programs, `current.env`
shells; each template below `<values>/templates/` gives the file of the same path. `manifest.json`
tells what was rendered, so that a change by hand is noticed. What binds a file to its environment stands
last, so that none is believed that was cut off.
"""

from __future__ import annotations

import hashlib
import json
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from portability.errors import UsageError
from portability.model import Scalar
from portability.reading.sources import encoding_of
from portability.settings.bindings import Bound, bound
from portability.settings.project import PRODUCTION, OnMissing, Settings
from portability.syntax.php.strings import SINGLE
from portability.syntax.php.strings import encode as php_encode
from portability.values import outputs, templates
from portability.values.outputs import NOTICE as _NOTICE

MANIFEST = "manifest.json"
VALUES_MODE = 0o640


@dataclass(frozen=True, slots=True)
class RenderedFile:
    """A file to write: where (relative to the root, or absolute), its bytes and permission bits."""

    path: str
    data: bytes
    mode: int


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a manifest says: the environment, and the digest of each rendered file by its path."""

    environment: str
    files: Mapping[str, str]


def templates_folder(settings: Settings) -> str:
    """Where the templates of files stand, relative to the root."""
    return f"{settings.values}/templates"


def render(settings: Settings, name: str, values: Mapping[str, Scalar]) -> list[RenderedFile]:
    """Every file that the environment `name` needs; UsageError for a value that a place can't hold."""
    where = bound(settings.environment(name))
    contents = {
        "php": _php(settings.namespace, name, where, values),
        "json": _json(name, where, values),
        "env": _env(name, where, values),
    }
    names = ["current"]
    if name == PRODUCTION and settings.on_missing is OnMissing.PRODUCTION:
        names.append(PRODUCTION)
    found = [
        RenderedFile(f"{settings.rendered}/{stem}.{kind}", text.encode("utf-8"), VALUES_MODE)
        for stem in names
        for kind, text in contents.items()
    ]
    for file in outputs.rendered(settings, name, values):
        found.append(RenderedFile(file.path, file.data, file.mode))
    found += _from_templates(settings, values)
    manifest = {"environment": name, "files": {file.path: digest(file.data) for file in found}}
    text = json.dumps(manifest, indent=1, sort_keys=True) + "\n"
    found.append(RenderedFile(f"{settings.rendered}/{MANIFEST}", text.encode("ascii"), VALUES_MODE))
    return found


def _from_templates(settings: Settings, values: Mapping[str, Scalar]) -> Iterator[RenderedFile]:
    folder = settings.root / templates_folder(settings)
    for path in sorted(p for p in folder.rglob("*") if p.is_file()) if folder.is_dir() else []:
        relative = path.relative_to(folder).as_posix()
        data = path.read_bytes()
        try:
            text = templates.render_template(data, values, encoding_of(data) or "latin-1")
        except UsageError as error:
            raise UsageError(
                error.message, f"{path.relative_to(settings.root)}: {error.where}", error.hint
            ) from None
        yield RenderedFile(relative, text, stat.S_IMODE(path.stat().st_mode))


def _php(namespace: str, name: str, where: Bound, values: Mapping[str, Scalar]) -> str:
    prefix = namespace.replace("\\", "\\\\")
    lines = ["<?php", f"// {_NOTICE}"]
    marker = {"PORTABILITY_MARKER": where.marker, "PORTABILITY_HOLDS": where.holds} if where.marker else {}
    everything = {**values, **marker, "PORTABILITY_HOST": where.host, "PORTABILITY_ENV": name}
    lines += [f"\\define('{prefix}\\\\{key}', {_php_value(value)});" for key, value in everything.items()]
    return "\n".join(lines) + "\n"


def _php_value(value: Scalar) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"'{php_encode(value, SINGLE)}'" if isinstance(value, str) else repr(value)


def _json(name: str, where: Bound, values: Mapping[str, Scalar]) -> str:
    marker = {"marker": {"file": where.marker, "holds": where.holds}} if where.marker else {}
    content = {"notice": _NOTICE, "environment": name, "host": where.host, **marker, "values": dict(values)}
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _env(name: str, where: Bound, values: Mapping[str, Scalar]) -> str:
    lines = [f"# {_NOTICE}", *(f"{key}={_shell(value)}" for key, value in values.items())]
    lines += [f"PORTABILITY_MARKER={_shell(where.marker)}", f"PORTABILITY_HOLDS={_shell(where.holds)}"]
    lines += [f"PORTABILITY_HOST={_shell(where.host)}", f"PORTABILITY_ENV={name}"]
    return "\n".join(lines) + "\n"


def _shell(value: Scalar) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return text if re.fullmatch(r"[\w.:/@%+=-]+", text, re.ASCII) else "'" + text.replace("'", "'\\''") + "'"


def digest(data: bytes) -> str:
    """The SHA-256 of a file's bytes, in hex."""
    return hashlib.sha256(data).hexdigest()


def load_manifest(settings: Settings) -> Rendered | None:
    """What was rendered here last; None where nothing was. UsageError for a damaged manifest."""
    file = settings.rendered_folder / MANIFEST
    try:
        content = json.loads(file.read_bytes())
        return Rendered(str(content["environment"]), {str(p): str(d) for p, d in content["files"].items()})
    except FileNotFoundError:
        return None
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise UsageError(f"cannot read what was rendered here: {reason}", str(file)) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        hint = "remove it, then run portability render again"
        raise UsageError("this manifest is damaged", str(file), hint) from None


def changed_by_hand(settings: Settings, rendered: Rendered) -> list[str]:
    """The rendered files that are gone, or are no longer what was rendered."""
    found = []
    for path, expected in rendered.files.items():
        if found_digest(settings.root / path) != expected:
            found.append(path)
    return found


def found_digest(file: Path) -> str:
    """The digest of a file, '' where there is none that can be read."""
    try:
        return digest(file.read_bytes())
    except OSError:
        return ""
