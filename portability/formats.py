"""A file's path and bytes in, the name of its language out, as the modules of the language room claim it."""

from __future__ import annotations

import re
from fnmatch import translate
from functools import cache
from pathlib import PurePosixPath

from portability.languages import LANGUAGES, language

TEXT = "text"
"""The language of a file that no module claims; it is counted, not parsed."""

_SHEBANG = re.compile(rb"#![ \t]*([^\r\n]{1,200})")
_TEMPLATE_ENDINGS = (".dist", ".example", ".sample", ".default", ".bak", ".orig", ".old", ".tpl", ".template")
"""Endings that hide another: `config.php.dist` is PHP."""


def detect(path: str, data: bytes) -> str:
    """The language of the file: by its name, by its first line, by `<?php` in it; else TEXT."""
    found = by_name(path)
    if found == TEXT or (found == "shell" and _SHEBANG.match(data)):
        told = _by_content(data)
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
    if PurePosixPath(path).suffix.lower() not in _SERVERS_OWN:
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


@cache
def by_name(path: str) -> str:
    """The language that claims the name, the longest pattern first; TEXT if none does."""
    posix = PurePosixPath(path)
    name = posix.name
    for pattern, matches_path, chosen in _patterns():
        if pattern.match(path if matches_path else name):
            return chosen
    lower = name.lower()
    for ending in _TEMPLATE_ENDINGS:
        if lower.endswith(ending) and len(lower) > len(ending):
            return by_name(str(posix.with_name(name[: -len(ending)])))
    return TEXT


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], bool, str], ...]:
    """Every file name pattern of the room, compiled, those with a folder and the longest first."""
    found = [(glob, name) for name in LANGUAGES for glob in language(name).GLOBS]
    found.sort(key=lambda pair: ("/" not in pair[0], -len(pair[0])))
    return tuple((re.compile(_regex(glob)), "/" in glob, name) for glob, name in found)


def _regex(glob: str) -> str:
    """A pattern with a folder may begin in any folder."""
    plain = translate(glob)
    return rf"(?i:(?:.*/)?{plain})" if "/" in glob else rf"(?i:{plain})"


@cache
def _shebangs() -> dict[str, str]:
    return {word: name for name in LANGUAGES for word in language(name).SHEBANGS}


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
