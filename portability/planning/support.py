"""The files that rewritten code loads and that keep values from being served, with their text filled in."""

from __future__ import annotations

import json
import posixpath
from dataclasses import dataclass
from pathlib import PurePosixPath

from portability.errors import Unfinished
from portability.settings.manifests import PLAIN_PHP
from portability.settings.project import OnMissing, Settings
from portability.syntax.php.strings import SINGLE
from portability.syntax.php.strings import encode as php_encode
from portability.system.resources import config_templates_folder


@dataclass(frozen=True, slots=True)
class SupportFile:
    """A file that rewritten code needs beside it: its path below the root, and its bytes."""

    path: str
    data: bytes


def support_files(settings: Settings, languages: frozenset[str]) -> list[SupportFile]:
    """What the rewritten files of these languages load, and what keeps them from being served."""
    names = [("htaccess", ".htaccess")]
    names += [(name, name) for language, name in _BOOTSTRAPS.items() if language in languages]
    return [
        SupportFile(f"{settings.values}/{target}", _filled(settings, template).encode("utf-8"))
        for template, target in names
    ]


_BOOTSTRAPS = {
    "php": "bootstrap.php",
    "python": "app_env.py",
    "javascript": "app_env.cjs",
    "shell": "app_env.sh",
}


def _filled(settings: Settings, template: str) -> str:
    """The text of a template with this project's namespace and folders in it."""
    file = config_templates_folder() / PLAIN_PHP / template
    try:
        text = file.read_text("utf-8")
    except OSError as error:
        raise Unfinished(f"cannot read the template {file}: {error.strerror}", hint="install again") from None
    fallback = settings.on_missing is OnMissing.PRODUCTION
    rendered = settings.rendered
    absolute = PurePosixPath(rendered).is_absolute()
    relative = rendered if absolute else _from(settings.values, rendered)
    kind = template.rpartition(".")[2]
    if kind == "php":
        place = f"'{php_encode(relative, SINGLE)}'"
        folder = place if absolute else f"__DIR__ . '/{php_encode(relative, SINGLE)}'"
        switch = str(fallback).lower()
    elif kind == "py":
        folder, switch = repr(relative), str(fallback)
    elif kind == "cjs":
        folder, switch = json.dumps(relative), str(fallback).lower()
    else:
        quoted = "'" + relative.replace("'", "'\\''") + "'"
        folder = quoted if absolute else f'"$_portability"/{quoted}'
        switch = str(fallback).lower()
    namespace = settings.namespace.replace("\\", "\\\\")
    for word, value in (("NAMESPACE", namespace), ("RENDERED", folder), ("FALLBACK", switch)):
        text = text.replace(f"@@{word}@@", value)
    return text


def _from(folder: str, place: str) -> str:
    """The way from a folder below the root to a place that may lie outside, whatever the root is called."""
    place = posixpath.normpath(place)
    if place.startswith(".."):
        return posixpath.join(*[".."] * len(PurePosixPath(folder).parts), place)
    return posixpath.relpath(place, folder)
