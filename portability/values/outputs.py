"""The outputs that the settings name in, their files out: what `apply` writes beside the code, and `render`.

A template of `config_templates/<stack>/` holds words such as `@@RENDERED@@` or `@@VALUE|apache@@` (spelled
as that reader wants it). From its first line with `@@KEY@@` or `@@SECRET@@` on it is repeated, once a key.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from portability.errors import Unfinished, UsageError
from portability.languages import language
from portability.model import Scalar
from portability.settings.manifests import Manifest, Output, manifests
from portability.settings.project import Settings
from portability.system.resources import config_templates_folder

NOTICE = "Written by portability render; a change by hand is noticed, and lost at the next render."
_WORD = re.compile(r"@@([A-Z]+)(?:\|([a-z]+))?@@")
_REPEATED = re.compile(r"^.*@@(?:KEY|SECRET)@@", re.M)


@dataclass(frozen=True, slots=True)
class OutputFile:
    """A file: its path (relative to the root, or absolute), bytes, permission bits; `once`: people's then."""

    path: str
    data: bytes
    mode: int
    once: bool = False


def chosen(settings: Settings) -> Iterator[Manifest]:
    """The stacks whose files the settings ask for."""
    yield from (manifest for manifest in manifests() if manifest.name in settings.outputs)


def written(
    settings: Settings, keys: Mapping[str, bool], every: Mapping[str, bool] | None = None
) -> list[OutputFile]:
    """What `apply` writes; `keys` tells of each key of the application whether it is secret.

    What lies at one place of the project is written for it as a whole, whose keys are `every`.
    """
    found = []
    for manifest in chosen(settings):
        for output in manifest.writes:
            told = keys if _is_inside(output) else {} if settings.application else every or keys
            rows = [_key(name, secret) for name, secret in told.items()]
            found += [_file(settings, manifest, output, {}, rows)] if rows else []
    return found


def _is_inside(output: Output) -> bool:
    """Whether the file lies with the values of its application."""
    return output.to.startswith(("{rendered}/", "{values}/"))


def _key(name: str, secret: bool) -> Mapping[str, Scalar]:
    return {"KEY": name, "SECRET": name} if secret else {"KEY": name}


def rendered(settings: Settings, name: str, values: Mapping[str, Scalar]) -> list[OutputFile]:
    """What `render` writes for the environment `name`; UsageError for a value that a reader can't be told."""
    rows: list[Mapping[str, Scalar]] = [{"KEY": key, "VALUE": value} for key, value in values.items()]
    return [
        _file(settings, manifest, output, {"ENVIRONMENT": name}, rows)
        for manifest in chosen(settings)
        for output in manifest.renders
    ]


def rendered_paths(settings: Settings) -> list[str]:
    """Where `render` writes the outputs' files: what git must not see."""
    return [_place(settings, output) for manifest in chosen(settings) for output in manifest.renders]


def _place(settings: Settings, output: Output) -> str:
    """The file's path: with the values, or where its reader looks, in the application's own folder."""
    place = output.to.format(rendered=settings.rendered, values=settings.values)
    return place if _is_inside(output) else posixpath.join(settings.folder, place)


def _file(
    settings: Settings,
    manifest: Manifest,
    output: Output,
    words: Mapping[str, Scalar],
    rows: Iterable[Mapping[str, Scalar]],
) -> OutputFile:
    file = config_templates_folder() / manifest.name / output.template
    try:
        text = file.read_text("utf-8")
    except OSError as error:
        raise Unfinished(f"cannot read the template {file}: {error.strerror}", hint="install again") from None
    places = {"RENDERED": settings.rendered, "VALUES": settings.values}
    path = _place(settings, output)
    everywhere = " ".join(_quoted(part.rendered) for part in settings.parts())
    known = {"NOTICE": NOTICE, "PLACES": everywhere, **places, **words}
    first = _REPEATED.search(text)
    head, body = (text[: first.start()], text[first.start() :]) if first else (text, "")
    parts = [_filled(head, known, path)]
    for row in rows:
        if all(word[1] in {*row, *known} for word in _WORD.finditer(body)):
            parts.append(_filled(body, {**known, **row}, path))
    return OutputFile(path, "".join(parts).encode("utf-8", "surrogateescape"), output.mode, output.once)


def _filled(text: str, words: Mapping[str, Scalar], path: str) -> str:
    def word(match: re.Match[str]) -> str:
        value = words[match[1]]
        plain = str(value).lower() if isinstance(value, bool) else str(value)
        if match[2] is None:
            return plain
        written = SPELLINGS[match[2]](plain)
        if written is None:
            what = f"the value of {words['KEY']}" if match[1] == "VALUE" else "a setting"
            raise UsageError(
                f"{what} can't be written for {match[2]}",
                path,
                "choose a value without line ends and special signs, or take this output out of the settings",
            )
        return written

    return _WORD.sub(word, text)


def _apache(text: str) -> str | None:
    """An argument in quotes; Apache would read `${` in it, whatever stands around."""
    written = language("apache").encode(text, "double")
    return None if written is None else f'"{written}"'


def _fpm(text: str) -> str | None:
    """A value of php-fpm's pool: never an empty one, and one that begins with `$` names a variable."""
    if not text or text.startswith("$") or re.search(r"[\r\n\0]", text):
        return None
    if "'" not in text:
        return f"'{text}'"
    return None if "${" in text else '"' + re.sub(r"([\"\\])", r"\\\1", text) + '"'


def _dotenv(text: str) -> str | None:
    """A value as Symfony's Dotenv reads it back, which joins what is quoted in parts, as a shell does."""
    if re.search(r"[\r\n\0]", text):
        return None
    return "'" + text.replace("'", "'\"'\"'") + "'"


def _compose(text: str) -> str | None:
    """A value as docker compose reads it; a backslash may be an escape in both kinds of quotes."""
    if re.search(r"[\r\n\0]", text) or text.endswith("\\") or ("'" in text and "\\" in text):
        return None
    return f"'{text}'" if "'" not in text else '"' + re.sub(r"([\"$])", r"\\\1", text) + '"'


def _shell(text: str) -> str | None:
    return None if "\0" in text else _quoted(text)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


SPELLINGS: Mapping[str, Callable[[str], str | None]] = {
    "apache": _apache,
    "fpm": _fpm,
    "dotenv": _dotenv,
    "compose": _compose,
    "shell": _shell,
}
"""How each reader wants a value, by the word that templates use; None: it can't be told that value."""
