"""`portability init`: looks at the project and writes `portability.yaml`, saying what it guessed and why."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import PurePosixPath

from portability.console import Console
from portability.errors import ExitCode, Refused
from portability.model import Source
from portability.planning.project import shared_stacks, stacks_of
from portability.planning.stacks import unfit
from portability.planning.survey import Survey, survey
from portability.reading.formats import by_name
from portability.settings.project import Production, Settings
from portability.settings.starting import dump_default
from portability.system.files import write_atomic

_DOCUMENT_ROOT = re.compile(rb"^\s*DocumentRoot\s+\"?([^\"\s]+)", re.MULTILINE | re.IGNORECASE)
_WEB_FOLDERS = ("public", "web", "htdocs", "public_html", "www", "webroot", "docroot")
_ACCOUNT = re.compile(r"(?<!\d)\d{12}(?!\d)")


def called(console: Console, force: bool) -> int:
    """What the command line asks for; the exit code."""
    return run(console, force)


def run(console: Console, force: bool) -> int:
    """Writes the settings and names each guess; Refused where there are settings already."""
    settings = console.settings()
    if settings.found and not force:
        raise Refused(
            "there are settings already", str(settings.file), "portability init --force overwrites them"
        )
    seen = survey(settings, (), date.today())
    guesses, reasons = guess(settings, seen)
    write_atomic(settings.file, dump_default(guesses).encode("utf-8"))
    console.out(f"Wrote {settings.file.name}. It guesses:")
    for what, why in reasons:
        console.out(f"  {what:<40}  {why}")
    count = len(seen.result.findings)
    console.out(f"{count} values tie this code to production. Correct the file where it guessed wrong.")
    console.say("next: portability scan")
    return ExitCode.OK


def guess(settings: Settings, seen: Survey) -> tuple[Settings, list[tuple[str, str]]]:
    """Settings for a project never seen before, and each guess with its reason."""
    reasons: list[tuple[str, str]] = []
    domains = seen.result.own_domains
    for domain, why in domains.items():
        reasons.append((f"production.hosts: {domain}", "; ".join(why)))
    accounts = _accounts(seen)
    for account in accounts:
        reasons.append((f"production.accounts: {account}", "it stands in AWS names of the code"))
    root, why_root = _document_root(seen.sources)
    if root is not None:
        reasons.append((f"document_root: {root}", why_root))
    version = _php_version(seen.sources)
    if version:
        reasons.append((f"php.version: {version}", "composer.json says so"))
    known = shared_stacks(settings, stacks_of(settings, seen.sources))
    reasons += [(f"stack: {stack.manifest.title}", stack.sentence.partition(": ")[2]) for stack in known]
    values, rendered = settings.values, settings.rendered
    if (found := unfit(known, values)) is not None:
        values = found[0].manifest.values
        rendered = f"{values}/current"
        reasons.append((f"values: {values}", found[1]))
    if root == ".":
        rendered = "../portability-values"
        reasons.append((f"rendered: {rendered}", "the whole project is served: values must lie outside"))
    outputs = tuple(sorted({stack.manifest.name for stack in known if stack.manifest.proposed}))
    reasons += [(f"outputs: {name}", "its configuration stands in the project") for name in outputs]
    guessed = replace(
        settings,
        production=Production(tuple(sorted(domains)), accounts),
        document_root=root,
        php=replace(settings.php, version=version),
        values=values,
        rendered=rendered,
        outputs=outputs,
    )
    if not reasons:
        reasons.append(("nothing", "no domain, account or document root was recognised"))
    return guessed, reasons


def _accounts(seen: Survey) -> tuple[str, ...]:
    texts = [f.value.text for f in seen.result.findings if f.value.category.value == "aws"]
    return tuple(sorted({account for text in texts for account in _ACCOUNT.findall(text)}))


def _document_root(sources: Mapping[str, Source]) -> tuple[str | None, str]:
    """The folder that Apache serves, relative to the root: from a virtual host, or by its usual name."""
    folders = {PurePosixPath(path).parts[0] for path in sources if "/" in path}
    for path in sources:
        if by_name(path) == "apache" and (source := sources.get(path)):
            for match in _DOCUMENT_ROOT.finditer(source.data):
                last = PurePosixPath(match.group(1).decode("utf-8", "replace")).name
                if last in folders:
                    return last, f"DocumentRoot in {path}"
    for name in _WEB_FOLDERS:
        if f"{name}/index.php" in sources:
            return name, f"{name}/index.php is there"
    return (".", "index.php stands at the root") if "index.php" in sources else (None, "")


def _php_version(sources: Mapping[str, Source]) -> str | None:
    """The PHP that composer.json asks for, if edits can be made for it (older ones say little)."""
    source = sources.get("composer.json")
    if source is None:
        return None
    try:
        content = json.loads(source.data)
        asked = str(content["require"]["php"])
    except (ValueError, KeyError, TypeError):
        return None
    match = re.search(r"(7\.4|[89]\.\d{1,2})", asked)
    return match.group(1) if match else None
