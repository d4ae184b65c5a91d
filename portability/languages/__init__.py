"""The room of languages: one module a format behind one door, and the dict that lists them.

A language is a module with these members:

NAME      its own name, the key in LANGUAGES.
MODE      how a value leaves such a file:
            INLINE    the language reads the environment itself: `rewrite` says how;
            TEMPLATE  it can't: the file becomes a template that is rendered for each environment;
            REPORT    neither: the value is reported with WHY_NOT and stays.
WHY_NOT   the reason that a REPORT language gives a person ('' otherwise).
SAMPLES   small texts with what must be found in them: the shared harness runs them all.

literals(source)         yields each Literal of the file, and a Region for each part in another
                         language. Comments are Literals with Position.COMMENT.
encode(text, form)       writes `text` as it must stand in a literal of that form, without the quotes;
                         None where that form can't hold it. `encode(decoded, form)` need not give the
                         original spelling, it must decode to the same text.
rewrite(source, literal, insertions, namespace)
                         INLINE languages only: the Rewrites of that literal, one for each run of bytes.
guard(source, folder)    INLINE languages only: the insertion that loads the environment's values from
                         `folder`, a path relative to the file's own folder; None where it has one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import Protocol, cast

from portability.model import Insertion, Literal, Region, Rewrite, Source


class Mode(StrEnum):
    """How a value leaves a file of the language."""

    INLINE = "inline"
    TEMPLATE = "template"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class Sample:
    """A text of the language and the literals that must be seen in it: (decoded text, names)."""

    text: bytes
    literals: tuple[tuple[str, tuple[str, ...]], ...]
    path: str = ""


class Language(Protocol):
    """What every module of this room offers."""

    NAME: str
    MODE: Mode
    WHY_NOT: str
    SAMPLES: tuple[Sample, ...]

    def literals(self, source: Source) -> Iterator[Literal | Region]: ...

    def encode(self, text: str, form: str) -> str | None: ...


class InlineLanguage(Language, Protocol):
    """A language whose files read the environment themselves."""

    def rewrite(
        self, source: Source, literal: Literal, insertions: Sequence[Insertion], namespace: str
    ) -> Sequence[Rewrite]: ...

    def guard(self, source: Source, folder: str) -> Rewrite | None: ...


@dataclass(frozen=True, slots=True)
class Format:
    """The module of a language, and how its files are told before it is imported.

    `globs` are file name patterns (`*.php`, `.htaccess`, `cron.d/*`), matched against the base name, or
    against the whole relative path where the pattern holds a `/`; `shebangs` words of the first line of
    a file without an ending (`#!/usr/bin/env php`).
    """

    module: str
    globs: tuple[str, ...]
    shebangs: tuple[str, ...] = ()


def _format(module: str, globs: str, shebangs: str = "") -> Format:
    return Format(f"portability.languages.{module}", tuple(globs.split()), tuple(shebangs.split()))


LANGUAGES: Mapping[str, Format] = {
    "php": _format(
        "php",
        "*.php *.phtml *.inc *.php3 *.php4 *.php5 *.php7 *.ctp *.module *.install",
        "php",
    ),
    "html": _format("html", "*.html *.htm *.xhtml *.shtml *.vue"),
    "templates": _format("templates", "*.twig *.tpl *.latte *.mustache *.hbs *.blade.php"),
    "javascript": _format("javascript", "*.js *.mjs *.cjs *.jsx *.ts *.mts *.cts *.tsx", "node nodejs"),
    "css": _format("css", "*.css *.scss *.less"),
    "python": _format("python", "*.py *.pyi *.wsgi", "python python2 python3"),
    "shell": _format(
        "shell",
        "*.sh *.bash *.ksh *.zsh .bashrc .bash_profile .profile",
        "sh bash dash ksh zsh ash",
    ),
    "yaml": _format("yaml", "*.yml *.yaml *.yml.dist *.yaml.dist *.neon .yamllint"),
    "json": _format(
        "json",
        "*.json *.json5 *.jsonc *.webmanifest *.jsonld *.geojson *.har composer.lock .babelrc "
        ".eslintrc .bowerrc",
    ),
    "toml": _format("toml", "*.toml *.toml.dist Pipfile"),
    "terraform": _format("terraform", "*.tf *.tfvars *.hcl *.nomad *.tf.dist *.tfvars.dist"),
    "xml": _format(
        "xml",
        "*.xml *.xml.dist *.xsd *.wsdl *.xlf *.xliff *.config *.plist *.rss *.atom *.xsl *.xslt *.svg",
    ),
    "ini": _format(
        "ini",
        "*.ini *.ini.dist *.cnf *.cfg .user.ini .my.cnf php-fpm.conf */php-fpm.d/*.conf "
        "php-fpm.d/*.conf */pool.d/*.conf pool.d/*.conf */fpm/*.conf fpm/*.conf",
    ),
    "keyvalue": _format(
        "keyvalue",
        ".env .env.* *.env *.properties *.service *.socket *.timer *.mount *.path *.target "
        "*/*.service.d/*.conf *.service.d/*.conf */systemd/*.conf systemd/*.conf "
        "*/sysconfig/* supervisord.conf supervisor.conf */supervisor/*.conf "
        "*/supervisord/*.conf */supervisor.d/*.conf */supervisor.d/*.ini "
        "*/supervisord.d/*.conf */supervisord.d/*.ini supervisor/*.conf supervisord/*.conf "
        "supervisord.d/*.conf supervisord.d/*.ini",
    ),
    "hosts": _format(
        "hosts",
        "hosts *.hosts hosts.txt *[_-]hosts.txt *[_-]hosts.list hosts.list servers.txt "
        "*[_-]servers.txt servers.list nodes.txt machines.txt domains.txt inventory "
        "*/inventory/*.txt",
    ),
    "apache": _format(
        "apache",
        ".htaccess *.htaccess httpd.conf apache2.conf *.vhost */apache/*.conf "
        "*/apache2/*.conf */httpd/*.conf apache/*.conf apache2/*.conf httpd/*.conf "
        "*/sites-available/*.conf */sites-enabled/*.conf */conf.d/elasticbeanstalk/*.conf",
    ),
    "nginx": _format(
        "nginx",
        "nginx.conf *.nginx *.nginx.conf */nginx/*.conf nginx/*.conf "
        "*/nginx/sites-available/* */nginx/sites-enabled/*",
    ),
    "crontab": _format("crontab", "crontab crontab.txt crontab.dist *.crontab *.cron */cron.d/* cron.d/*"),
    "dockerfile": _format(
        "dockerfile",
        "Dockerfile Dockerfile.* Dockerfile-* *.Dockerfile *.dockerfile Containerfile Containerfile.*",
    ),
    "sql": _format("sql", "*.sql *.sql.dist *.dump"),
}
"""Every language by name, and how its files are told; its module is imported only when a file needs it."""


def language(name: str) -> Language:
    """The module of LANGUAGES that knows `name`; KeyError for a name that is not in the room."""
    return cast(Language, import_module(LANGUAGES[name].module))


def inline_language(name: str) -> InlineLanguage:
    """The same for a language whose MODE is INLINE."""
    module = language(name)
    if module.MODE is not Mode.INLINE:
        raise ValueError(f"{name} does not read the environment itself")
    return cast(InlineLanguage, module)
