"""A plan in, what a person reads of it and the disposable JSON file of it out."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from portability.console import Console, one_line
from portability.model import Edit, Safety, Span
from portability.planning.plans import Plan, PlannedFile
from portability.planning.project import PLAN_VERSION
from portability.proving.proofs import ProofReport

MASK = "********"


def summary(plan: Plan, console: Console) -> list[str]:
    """The plan in lines: the sum, a line a file, then what is not touched and why."""
    templates = sum(1 for file in plan.files if not file.inline)
    lines = [
        *(one_line(stack.sentence) for stack in plan.stacks),
        f"Plan: {_count(plan.edits, 'edit')}, {_count(len(plan.files), 'file')}, "
        f"{_count(len(plan.keys), 'key')}, {_count(templates, 'template')}; production keeps every value.",
    ]
    names = [one_line(file.path) for file in plan.files]
    width = max(map(len, names), default=0)
    for file, name in zip(plan.files, names, strict=True):
        edits = file.about.reading
        sign = console.style("~", "yellow") if file.inline else console.style(">", "cyan")
        what = _count(edits, "edit") if edits else "guard"
        lines.append(f" {sign} {name:<{width}}  {what:<8}  {_names(file.keys)}".rstrip())
    if plan.behind:
        stacks = {stack.manifest.title for stack in plan.behind.values()}
        what = _count(len(plan.behind), "file")
        lines.append(
            f"   {what} without a guard of its own: nobody enters past {' or '.join(sorted(stacks))}"
        )
    lines += _to_look_at(plan, console)
    lines += left(plan.left, console)
    if plan.beyond:
        total = _count(sum(plan.beyond.values()), "value")
        lines.append(
            f"   {total} in {_count(len(plan.beyond), 'file')} not asked for (--only): left for later"
        )
    return lines


def _to_look_at(plan: Plan, console: Console) -> list[str]:
    """A line for each edit that is made and deserves a look, with the reason."""
    sign = console.style("?", "yellow")
    return [
        f" {sign} {one_line(file.path)}:{line}  look at: {reason}"
        for file in plan.files
        for line, reason in file.about.notes
    ]


def left(edits: Sequence[Edit], console: Console) -> list[str]:
    """A line for each edit that is not made, with the reason."""
    lines = []
    for edit in sorted(edits, key=lambda e: (e.path, e.line)):
        review = edit.rewrite.safety is Safety.REVIEW
        what = "to review" if review else "not touched"
        sign = console.style("?" if review else "!", "yellow" if review else "red")
        lines.append(f" {sign} {one_line(edit.path)}:{edit.line}  {what}: {edit.rewrite.reason}")
    return lines


def keys(plan: Plan) -> list[str]:
    """A line a key: its name, what production holds (never a secret), the service, where it is read."""
    if plan.parts:
        return [
            line
            for part, one in plan.parts
            if one.keys
            for line in (f"  {part.application or 'in no application'} (\\{part.namespace}):", *keys(one))
        ]
    width = max((len(named.key.name) for named in plan.keys), default=0)
    lines = []
    for named in plan.keys:
        readers = sum(1 for file in plan.files if named.key.name in file.keys)
        what = " ".join(word for word in (named.key.service, named.role, named.kind) if word)
        line = f"   {named.key.name:<{width}}  {one_line(named.shown)}  ({what}, {_count(readers, 'file')})"
        if named.alias_of:
            line += f"  also the value of {named.alias_of}, in another role"
        reason = plan.shared.get(named.key.name)
        lines.append(f"{line}  shared: {one_line(reason)}" if reason else line)
    return lines


def lacking(missing: Mapping[str, Sequence[str]], console: Console) -> list[str]:
    """A line for each environment that has no line for some keys yet."""
    sign = console.style("+", "green")
    return [
        f" {sign} {path}  {_count(len(names), 'key')} to add, without a value: {_names(names)}"
        for path, names in missing.items()
    ]


def proof(report: ProofReport | None, version: str | None) -> str:
    """What was proven, in a line; `version` is the PHP that the code runs on, where the settings say so."""
    if report is None:
        return "Proof: templates render back to the same bytes."
    sentence = f"Proof: {report.sentence()}"
    if not (version and report.php) or f"{report.php}.".startswith(f"{version}."):
        return sentence
    return f"{sentence} The code runs on PHP {version}: name that one as php.binary to prove it there."


def _names(names: Sequence[str], most: int = 4) -> str:
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return " ".join(names[:most]) + rest


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def diff(plan: Plan, secrets: Mapping[str, Sequence[Span]], console: Console) -> Iterable[str]:
    """A unified diff of every file of the plan; `secrets` are the bytes, by path, that are shown masked."""
    colors = {"+": "green", "-": "red", "@": "cyan"}
    for file in plan.files:
        data, encoding = file.source.data, file.source.encoding
        hidden = _hidden(plan, file, secrets)
        before, after = (_lines(text, encoding, hidden) for text in (data, file.after))
        names = f"a/{one_line(file.path)}", f"b/{one_line(file.target)}"
        for line in difflib.unified_diff(before, after, *names, lineterm=""):
            text = line.rstrip("\r\n")
            yield console.style(text, colors[text[0]]) if text[:1] in colors else text


def hunk(
    plan: Plan, file: PlannedFile, edit: Edit, secrets: Mapping[str, Sequence[Span]], console: Console
) -> list[str]:
    """The lines of one edit before and after, with those around it; secrets masked as in `diff`."""
    rewrite = edit.rewrite
    shown = rewrite.replacement if file.inline else f"@@{rewrite.keys[0]}@@".encode()
    data = file.source.data
    start = _line_start(data, rewrite.span.start, CONTEXT)
    end = _line_end(data, rewrite.span.end, CONTEXT)
    after = data[start : rewrite.span.start] + shown + data[rewrite.span.end : end]
    hidden = _hidden(plan, file, secrets)
    old, new = (_lines(text, file.source.encoding, hidden) for text in (data[start:end], after))
    colors = {"+": "green", "-": "red"}
    lines = [console.style(f"{one_line(file.path)}:{edit.line}", "cyan")]
    for line in list(difflib.unified_diff(old, new, lineterm="", n=CONTEXT))[3:]:
        text = line.rstrip("\r\n")
        lines.append(console.style(text, colors[text[0]]) if text[:1] in colors else text)
    return lines


CONTEXT = 2
"""Lines that are shown before and after one edit."""


def _line_start(data: bytes, at: int, lines: int) -> int:
    """Where the line begins that stands so many lines before the one of byte `at`."""
    for _ in range(lines + 1):
        at = data.rfind(b"\n", 0, max(at, 0))
        if at < 0:
            return 0
    return at + 1


def _line_end(data: bytes, at: int, lines: int) -> int:
    for _ in range(lines + 1):
        at = data.find(b"\n", at) + 1
        if not at:
            return len(data)
    return at


def _hidden(plan: Plan, file: PlannedFile, secrets: Mapping[str, Sequence[Span]]) -> set[str]:
    """What must not be shown of a file."""
    data, encoding = file.source.data, file.source.encoding
    own = (data[span.start : span.end].decode(encoding, "replace") for span in secrets.get(file.path, ()))
    return {*own, *(str(named.value) for named in plan.keys if named.key.secret)}


SHORTEST, LONG = 3, 8
"""Characters from which on a secret is masked: as a word of its own, and wherever it stands."""


def _lines(data: bytes, encoding: str, hidden: Collection[str]) -> list[str]:
    text = data.decode(encoding, "replace")
    for secret in sorted(hidden, key=len, reverse=True):
        if len(secret) >= LONG:
            text = text.replace(secret, MASK)
        elif len(secret) >= SHORTEST:
            text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", MASK, text)
    return text.splitlines(keepends=True)


def dump(plan: Plan, options: dict[str, object]) -> str:
    """The plan as JSON: no secret's value, the SHA-256 of every file before, the options it was made with."""
    content = {
        "portability": "plan",
        "version": PLAN_VERSION,
        "options": options,
        "files": [_file(file) for file in plan.files],
        "keys": [
            {
                **({"application": application} if plan.parts else {}),
                "name": n.key.name,
                "service": n.key.service,
                "kind": n.kind,
                "role": n.role,
                "type": n.key.type,
                "secret": n.key.secret,
                "value": n.shown if n.key.secret else n.value,
                "alias_of": n.alias_of or None,
                "shared": one.shared.get(n.key.name),
            }
            for application, one in [(part.application, one) for part, one in plan.parts] or [("", plan)]
            for n in one.keys
        ],
        "left": [_edit(edit) for edit in plan.left],
    }
    return json.dumps(content, indent=1) + "\n"


def _file(file: PlannedFile) -> dict[str, object]:
    return {
        "path": file.path,
        "target": file.target,
        "sha256": file.sha256,
        "edits": [_edit(edit) for edit in file.edits],
    }


def _edit(edit: Edit) -> dict[str, object]:
    rewrite = edit.rewrite
    return {
        "path": edit.path,
        "line": edit.line,
        "start": rewrite.span.start,
        "end": rewrite.span.end,
        "keys": list(rewrite.keys),
        "safety": rewrite.safety.value,
        "reason": rewrite.reason,
        "technique": rewrite.technique,
        "fingerprints": list(edit.fingerprints),
    }
