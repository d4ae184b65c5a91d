"""A file's path and bytes in, the name of its language out, as the modules of the language room claim it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import translate
from functools import cache, lru_cache
from posixpath import splitext

from portability.languages import LANGUAGES

TEXT = "text"
"""The language of a file that no module claims; it is counted, not parsed."""

_SHEBANG = re.compile(rb"#![ \t]*([^\r\n]{1,200})")
_TEMPLATE_ENDINGS = (".dist", ".example", ".sample", ".default", ".bak", ".orig", ".old", ".tpl", ".template")
"""Endings that hide another: `config.php.dist` is PHP."""

_PROSE = re.compile(
    r"(?:.*\.(?:md|markdown|mdown|mkd|rst|adoc|asciidoc|textile)"
    r"|(?:.*/)?(?:readme|install|installation|changelog|changes|history|news|upgrad(?:e|ing)|todo|faq"
    r"|contributing|release[-_]?notes)(?:[-_.][0-9a-z.]{1,12})?)",
    re.I | re.S,
)
"""Manuals by their names, in which code is shown and never run."""


def detect(path: str, data: bytes) -> str:
    """The language of the file: by its name, by its first line, by `<?php` in it; else TEXT."""
    found = by_name(path)
    if found == TEXT or (found == "shell" and _SHEBANG.match(data)):
        told = TEXT if _PROSE.fullmatch(path) and not _SHEBANG.match(data) else _by_content(data)
        return _of_server(path, data) if told == TEXT else told
    if found == "ini" and not _is_ini(data):
        return TEXT
    return "php" if found == "templates" and _is_php(path, data) else found


_NGINX = re.compile(rb"^[ \t]*(?:(?:proxy|fastcgi|uwsgi)_pass|server_name|root|listen)[ \t][^;\n]*;", re.M)
_APACHE = re.compile(
    rb"^[ \t]*(?:<VirtualHost[ \t]|ServerName[ \t]|RewriteRule[ \t]|DocumentRoot[ \t])", re.M
)
_SERVERS_OWN = frozenset({"", ".conf", ".vhost", ".inc", ".cfg", ".com", ".org", ".net"})


def _of_server(path: str, data: bytes) -> str:
    """The web server whose configuration a file by no telling name is: by its directives; else TEXT."""
    if splitext(path)[1].lower() not in _SERVERS_OWN:
        return TEXT
    if _APACHE.search(data, 0, 8192):
        return "apache"
    return "nginx" if b"{" in data and _NGINX.search(data, 0, 8192) else TEXT


def _is_php(path: str, data: bytes) -> bool:
    """Whether a template by its name is written in PHP itself."""
    by_engine = path.lower().endswith((".blade.php", ".twig", ".hbs", ".mustache", ".latte"))
    return not by_engine and (b"<?php" in data or b"<?=" in data)


def _is_ini(data: bytes) -> bool:
    """Whether a file by the name of an INI file is one: sections, or lines with a `=`."""
    lines = [line for line in data[:16384].splitlines() if line.strip() and line.lstrip()[:1] not in b"#;"]
    with_sign = sum(b"=" in line for line in lines)
    return not lines or 3 * with_sign >= len(lines) or any(line.lstrip()[:1] == b"[" for line in lines)


def by_name(path: str) -> str:
    """The language that claims the name, a pattern with a folder and the longest first; TEXT if none does."""
    folder, _, name = path.rpartition("/")
    if folder and _names_a_folder(folder) and (found := _globs().in_folder.match(path)):
        return _globs().languages[_rank(found)]
    claimed = _by_base_name(name)
    if claimed == TEXT:
        lower = path.lower()
        for ending in _TEMPLATE_ENDINGS:
            if lower.endswith(ending) and len(name) > len(ending):
                return by_name(path[: -len(ending)])
    return claimed


@lru_cache(maxsize=4096)
def _by_base_name(name: str) -> str:
    globs = _globs()
    _, dot, ending = name.rpartition(".")
    ranks = [globs.endings.get(ending.lower(), _NO_RANK) if dot else _NO_RANK]
    if found := globs.names.match(name):
        ranks.append(_rank(found))
    return globs.languages.get(min(ranks), TEXT)


@lru_cache(maxsize=4096)
def _names_a_folder(folder: str) -> bool:
    """Whether a part of the path is one that a pattern with a folder asks for."""
    return any(map(_globs().folders.fullmatch, folder.split("/")))


_NO_RANK = 10_000


def _rank(found: re.Match[str]) -> int:
    return int((found.lastgroup or "")[1:])


@dataclass(frozen=True, slots=True)
class _Globs:
    """Every file name pattern of the room by its rank, the longest first: as expressions, or as an ending.

    `folders` fits the names of folders that the patterns with a folder, `in_folder`, ask for.
    """

    in_folder: re.Pattern[str]
    folders: re.Pattern[str]
    names: re.Pattern[str]
    endings: Mapping[str, int]
    languages: Mapping[int, str]


@cache
def _globs() -> _Globs:
    found = [(glob, name) for name, known in LANGUAGES.items() for glob in known.globs]
    found.sort(key=lambda pair: -len(pair[0]))
    in_folder: list[str] = []
    names: list[str] = []
    endings: dict[str, int] = {}
    folders: set[str] = set()
    for rank, (glob, _) in enumerate(found):
        if "/" in glob:
            in_folder.append(f"(?P<_{rank}>(?:.*/)?{translate(glob)})")
            folders.update(set(glob.split("/")[:-1]) - {"*", "**"})
        elif re.fullmatch(r"\*\.\w+", glob):
            endings.setdefault(glob[2:].lower(), rank)
        else:
            names.append(f"(?P<_{rank}>{translate(glob)})")
    return _Globs(
        _any(in_folder),
        _any(map(translate, folders)),
        _any(names),
        endings,
        {rank: name for rank, (_, name) in enumerate(found)},
    )


def _any(expressions: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(expressions) or r"(?!)", re.IGNORECASE)


@cache
def _shebangs() -> dict[str, str]:
    return {word: name for name, known in LANGUAGES.items() for word in known.shebangs}


def _by_content(data: bytes) -> str:
    shebang = _SHEBANG.match(data)
    if shebang:
        words = re.split(r"[\s/]+", shebang.group(1).decode("latin-1"))
        for word in words:
            bare = word.rstrip("0123456789.")
            for candidate in (word, bare):
                if candidate in _shebangs():
                    return _shebangs()[candidate]
    if b"<?php" in data[:4096]:
        return "php"
    return TEXT
