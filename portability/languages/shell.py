"""Shell scripts in, their words, assignments, defaults and here-documents out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from tree_sitter import Node

from portability.languages import Mode, Sample
from portability.model import HOLE, Call, Insertion, Literal, Position, Region, Rewrite, Source, Span
from portability.syntax import trees
from portability.syntax.literals import Piece, cut, decode, escaped, lines
from portability.syntax.shell import writer as shellwriter
from portability.syntax.trees import Context, Found, Visit

NAME = "shell"
MODE = Mode.INLINE
WHY_NOT = ""

_RUN_TIME = {
    "simple_expansion",
    "expansion",
    "command_substitution",
    "arithmetic_expansion",
    "process_substitution",
}
_WORDS = {
    "word",
    "number",
    "string",
    "raw_string",
    "ansi_c_string",
    "translated_string",
    "concatenation",
    "extglob_pattern",
    "regex",
}
_WRAPPERS = {"sudo", "exec", "nohup", "time", "nice", "env", "command", "ionice", "chroot"}
_TAKES_VALUE = {"-u", "-g", "-h", "-p", "-C", "-r", "-t", "-a", "--user", "--group", "--chdir"}
_ASSIGNS = re.compile(r"(--?[A-Za-z][\w.-]*|[A-Za-z_][\w.]*)=")
_FLAG = re.compile(r"--?[A-Za-z][\w.-]*")
_ATTACHED = re.compile(r"-[A-Za-z](?=.)")
_ATTACHES = re.compile(r"mysql|maria|redis|sshpass|psql|mongo|ftp")
_LINE_NAME = re.compile(
    r"[ \t]*(?:export +|set +)?[\"']?([A-Za-z_][\w.-]*)[\"']?[ \t]*[=:][ \t]*(?=[^ \t])", re.A
)

_WORD_ESCAPE = re.compile(rb"\\(?:\r\n|.)", re.S)
_DOUBLE_ESCAPE = re.compile(rb"\\[\\$`\"\n]")
_HEREDOC_ESCAPE = re.compile(rb"\\[\\$`\n]")
_ANSI_ESCAPE = re.compile(
    rb"\\(?:x[0-9A-Fa-f]{1,2}|u[0-9A-Fa-f]{1,4}|U[0-9A-Fa-f]{1,8}|[0-7]{1,3}|[abeEfnrtv\\'\"?])"
)
_ANSI = dict(zip(b"abeEfnrtv\\'\"?", "\a\b\x1b\x1b\f\n\r\t\v\\'\"?", strict=True))
_SPECIAL = {"double": r"[\\$`\"]", "heredoc": r"[\\$`]"}
_SAFE_WORD = re.compile(r"[\w@%+=:,./-]", re.ASCII)
_SAFE_DEFAULT = re.compile(r"[\w@%+=:,./-]*", re.ASCII)


def literals(source: Source) -> Iterator[Literal | Region]:
    """Every word that a script writes, reached by its variable, its flag or its command."""
    root = trees.parse("bash", source.data.replace(HOLE.encode(), b"_"))
    found = trees.walk(source, root, _HANDLERS)
    around = _AROUND.search(source.path)
    if around is None:
        yield from found
        return
    for item in found:
        yield _inside(item, around.lastgroup or "") if isinstance(item, Literal) else item


def _inside(literal: Literal, around: str) -> Literal:
    """The same literal, its forms named after the file that its command is a line of."""
    kept = tuple(replace(segment, form=f"{segment.form}-{around}") for segment in literal.segments)
    return replace(literal, segments=kept)


_AROUND = re.compile(
    r"(?:^|/)(?:(?P<cron>crontab(?:\.txt|\.dist)?|[^/]+\.cron(?:tab)?|cron\.d/[^/]+(?<!\.sh)(?<!\.bash))"
    r"|(?P<run>(?:Dockerfile|Containerfile)[^/]*|[^/]+\.dockerfile))\Z",
    re.I,
)
_UNFIT = {"cron": re.compile(r"[%\r\n]"), "run": re.compile(r"[\r\n]")}
"""What ends a command that is a line of a crontab or of a Dockerfile, whatever quotes are around it."""


def encode(text: str, form: str) -> str | None:
    """The text in a word, between quotes, as a default of an expansion or in a here-document."""
    if "\0" in text or (form in {"comment", "heredoc", "heredoc-quoted"} and ("\n" in text or "\r" in text)):
        return None
    own, _, around = form.rpartition("-")
    if around in _UNFIT:
        return None if _UNFIT[around].search(text) else encode(text, own)
    if form in {"default", "regex"}:
        return text if _SAFE_DEFAULT.fullmatch(text) else None
    if form == "word":
        return _encode_word(text)
    return _quoted(text, form)


def _quoted(text: str, form: str) -> str:
    """The text between quotes, or in a here-document."""
    if form == "ansi":
        return text.replace("\\", "\\x5c").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r")
    if form == "single":
        return text.replace("'", "'\\''")
    return re.sub(_SPECIAL.get(form, r"(?!)"), r"\\\g<0>", text)


def _encode_word(text: str) -> str | None:
    """An unquoted word; None where only quotes could hold it."""
    if not text or text[0] == " " or not text.isascii() or not text.isprintable():
        return None
    return "".join(c if _SAFE_WORD.match(c) else "\\" + c for c in text)


def _parts(source: Source, node: Node, context: Context) -> list[Literal | None]:
    """The tokens that one word is glued of; None for each that only a run knows."""
    if node.type == "concatenation":
        return [part for child in node.children for part in _parts(source, child, context)]
    if node.type in _RUN_TIME:
        return [None]
    span = trees.span_of(node)
    form, inner, escape = _writing(source, node, span)
    pieces: list[Piece] = []
    at = inner.start
    for child in node.children:
        if child.type in _RUN_TIME:
            pieces += escaped(source.data, at, child.start_byte, escape, _meaning)
            pieces.append(Piece(child.start_byte, child.end_byte, HOLE))
            at = child.end_byte
    pieces += escaped(source.data, at, max(at, inner.end), escape, _meaning)
    return [trees.token(source, span, pieces, form, context, language=NAME)]


def _writing(source: Source, node: Node, span: Span) -> tuple[str, Span, re.Pattern[bytes]]:
    """The form of a token, the bytes between its quotes, and the escapes that it knows."""
    if node.type == "regex":
        return "regex", span, _NOTHING
    if node.type == "raw_string":
        return "single", Span(span.start + 1, max(span.start + 1, span.end - 1)), _NOTHING
    if node.type == "ansi_c_string":
        return "ansi", Span(span.start + 2, max(span.start + 2, span.end - 1)), _ANSI_ESCAPE
    if node.type in {"string", "translated_string"}:
        opening = source.data.find(b'"', span.start, span.end) + 1 or span.start
        return "double", Span(opening, max(opening, span.end - 1)), _DOUBLE_ESCAPE
    return "word", span, _WORD_ESCAPE


_NOTHING = re.compile(rb"(?!)")


def _meaning(match: re.Match[bytes]) -> str:
    """What a backslash and what follows it write."""
    body = match[0][1:]
    if body in {b"\n", b"\r\n"}:
        return ""
    if match.re is not _ANSI_ESCAPE:
        return decode(body, "latin-1")
    if body[0] in _ANSI:
        return _ANSI[body[0]]
    code = int(body, 8) & 0xFF if body[:1].isdigit() else int(body[1:], 16)
    return "\ufffd" if 0xD800 <= code < 0xE000 or code > 0x10FFFF else chr(code)


def _word(source: Source, node: Node, context: Context) -> Iterator[Found]:
    """A word as one Literal, what it is reached by taken from its own `name=` too."""
    literal = _literal(source, node, context)
    if literal.segments:
        yield literal
    yield from _run_time(node)


def _literal(source: Source, node: Node, context: Context) -> Literal:
    whole = trees.joined(_parts(source, node, context), trees.span_of(node), context, NAME)
    assigns = _ASSIGNS.match(whole.text)
    return cut(whole, assigns.end(), assigns[1]) if assigns else whole


def _run_time(node: Node) -> Iterator[Visit]:
    """What stands inside the parts of a word that only a run knows."""
    stack = [node]
    while stack:
        current = stack.pop()
        if current.type in _RUN_TIME:
            yield Visit(current, Context())
        else:
            stack.extend(reversed(current.children))


def _assignment(source: Source, node: Node, context: Context) -> Iterator[Found]:
    name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
    named = Context(tuple(re.findall(r"\w+", trees.text_of(source, name))))
    if value is None:
        return
    if value.type in _WORDS:
        yield trees.joined(_parts(source, value, named), trees.span_of(value), named, NAME)
        yield from _run_time(value)
    else:
        yield Visit(value, named)


def _command(source: Source, node: Node, context: Context) -> Iterator[Found]:
    name, index, flag = "", 0, ""
    for child in node.children:
        if child.type == "command_name":
            name = _plain(source, child)
            yield from _run_time(child)
        elif child.type not in _WORDS:
            yield Visit(child, Context())
            flag = ""
        else:
            whole = _literal(source, child, Context((flag,) if flag else (), Call(name, index)))
            if name in _WRAPPERS and _begins_command(whole, flag):
                name, index = whole.text.rpartition("/")[2], -1
            yield from _argument(whole, name)
            yield from _run_time(child)
            flag = whole.text if _is_flag(whole, name) else ""
            index += 1


def _is_flag(word: Literal, command: str) -> bool:
    """True for a flag that the next word belongs to; `-pfake` of mysql has its value already."""
    attached = _ATTACHED.match(word.text) and not word.text.startswith("--") and _ATTACHES.search(command)
    return not word.names and not attached and bool(_FLAG.fullmatch(word.text))


def _begins_command(word: Literal, flag: str) -> bool:
    """True where a word behind `sudo` or the like is the command itself, no flag's value or assignment."""
    own = flag in _TAKES_VALUE or word.names not in ((), (flag,)) or word.text.isdigit()
    return not own and bool(word.text) and word.text[0] not in f"-{HOLE}"


def _argument(whole: Literal, name: str) -> Iterator[Literal]:
    """An argument, without the flag that it is glued to (`-pfake`) where the command knows such."""
    attached = _ATTACHED.match(whole.text)
    if attached and not whole.names and not whole.text.startswith("--") and _ATTACHES.search(name):
        yield cut(whole, attached.end(), attached[0])
    elif whole.segments:
        yield whole


def _plain(source: Source, node: Node) -> str:
    """The base name of a command, '' where only a run knows it."""
    text = trees.text_of(source, node)
    return "" if "$" in text or "`" in text else text.strip("\"'").rpartition("/")[2]


def _expansion(source: Source, node: Node, context: Context) -> Iterator[Found]:
    """The default of `${NAME:-default}`."""
    name = next((c for c in node.children if c.type == "variable_name"), None)
    operator = next((c for c in node.children if c.type in {":-", "-", ":=", "="}), None)
    if name is None or operator is None:
        yield from (Visit(child, Context()) for child in node.children if child.type in _RUN_TIME)
        return
    named = Context((trees.text_of(source, name),))
    end = node.end_byte - 1
    inner = Span(operator.end_byte, max(operator.end_byte, end))
    if re.search(rb"[\"'$`\\]", source.data[inner.start : inner.end]):
        yield from (Visit(c, named) for c in node.children if c.start_byte >= operator.end_byte)
    else:
        yield trees.token(source, inner, [Piece(inner.start, inner.end)], "default", named, language=NAME)


def _heredoc(source: Source, node: Node, context: Context) -> Iterator[Found]:
    """A here-document, a Literal for each line; `name=value` lines are reached by their name."""
    start = next((c for c in node.children if c.type == "heredoc_start"), None)
    for child in node.children:
        if child.type != "heredoc_body":
            yield Visit(child, context)
            continue
        quoted = start is not None and any(c in trees.text_of(source, start) for c in "'\"\\")
        for line in lines(source.data, _heredoc_pieces(source, child, quoted)):
            yield from _heredoc_line(source, line, "heredoc-quoted" if quoted else "heredoc")
        yield from _run_time(child)


def _heredoc_pieces(source: Source, body: Node, quoted: bool) -> list[Piece]:
    pieces: list[Piece] = []
    at = body.start_byte
    for child in [] if quoted else body.children:
        if child.type in _RUN_TIME:
            pieces += escaped(source.data, at, child.start_byte, _HEREDOC_ESCAPE, _meaning)
            pieces.append(Piece(child.start_byte, child.end_byte, HOLE))
            at = child.end_byte
    rest = _NOTHING if quoted else _HEREDOC_ESCAPE
    return [*pieces, *escaped(source.data, at, max(at, body.end_byte), rest, _meaning)]


def _heredoc_line(source: Source, pieces: Sequence[Piece], form: str) -> Iterator[Literal]:
    span = Span(pieces[0].start, pieces[-1].end)
    whole = trees.token(source, span, pieces, form, Context(position=Position.VALUE), language=NAME)
    named = _LINE_NAME.match(whole.text)
    if whole.text.strip() and whole.segments:
        yield cut(whole, named.end(), named[1]) if named else whole


def _compared(source: Source, node: Node, context: Context) -> Iterator[Found]:
    yield from (Visit(child, context.at(Position.COMPARISON)) for child in node.children)


def _case(source: Source, node: Node, context: Context) -> Iterator[Found]:
    values = node.children_by_field_name("value")
    for child in node.children:
        yield Visit(child, Context((), None, Position.CASE) if child in values else Context())


def _comment(source: Source, node: Node, context: Context) -> Iterator[Found]:
    span = trees.span_of(node)
    span = Span(span.start, span.end - source.data.endswith(b"\r", span.start, span.end))
    place = Context(position=Position.COMMENT)
    yield trees.token(source, span, [Piece(span.start + 1, span.end)], "comment", place, language=NAME)


_HANDLERS: dict[str, trees.Handler] = {
    **dict.fromkeys(_WORDS, _word),
    "variable_assignment": _assignment,
    "command": _command,
    "expansion": _expansion,
    "heredoc_redirect": _heredoc,
    "binary_expression": _compared,
    "case_item": _case,
    "comment": _comment,
}


def rewrite(
    source: Source, literal: Literal, insertions: Sequence[Insertion], namespace: str
) -> Sequence[Rewrite]:
    """The rewrites of `literal` that read each insertion from shell variables, with the claims."""
    return shellwriter.rewrite(source, literal, insertions)


def guard(source: Source, folder: str) -> Rewrite | None:
    """The insertion that loads the values of `folder` (relative to the file); None where it is there."""
    return shellwriter.guard(source, folder)


SAMPLES = (
    Sample(
        b"""#!/bin/bash
export REDIS_HOST=cache.shop.example REDIS_URL="redis://$user@cache.shop.example/0" # ops.shop.example
DB_PASSWORD='not-a-$real' MODE=x mysql -h db1.shop.example -pfake\\ one --user=shop "--ssl=$x" <<EOF
host=$h.shop.example
see docs.shop.example
EOF
: "${SMTP_HOST:-smtp.shop.example}" ${PORT:-25}
sudo /usr/bin/curl -s "https://www.shop.example/$page" | redis-cli -h cache2.shop.example -a fake'two'
if [ "$HOSTNAME" = "web1.shop.example" ]; then docker run -e DB_HOST=db2.shop.example img; fi
case $h in www.shop.example) echo $'a\\tb';; esac
cat > x.ini <<'END'
password = $not-real
END
hosts=(a.shop.example b.shop.example)
""",
        (
            ("cache.shop.example", ("REDIS_HOST",)),
            (f"redis://{HOLE}@cache.shop.example/0", ("REDIS_URL",)),
            (" ops.shop.example", ()),
            ("not-a-$real", ("DB_PASSWORD",)),
            ("db1.shop.example", ("-h",)),
            ("fake one", ("-p",)),
            ("shop", ("--user",)),
            (f"{HOLE}.shop.example", ("host",)),
            ("see docs.shop.example", ()),
            ("smtp.shop.example", ("SMTP_HOST",)),
            ("25", ("PORT",)),
            (f"https://www.shop.example/{HOLE}", ("-s",)),
            ("cache2.shop.example", ("-h",)),
            ("faketwo", ("-a",)),
            ("web1.shop.example", ()),
            ("db2.shop.example", ("-e", "DB_HOST")),
            ("www.shop.example", ()),
            ("a\tb", ()),
            ("$not-real", ("password",)),
            ("b.shop.example", ("hosts",)),
        ),
        "bin/deploy.sh",
    ),
)
