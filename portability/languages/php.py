"""PHP, mixed with page text or not: its literals, and how they read the environment as constants."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from portability.languages import Mode, Sample
from portability.model import Insertion, Literal, Region, Rewrite, Source
from portability.syntax.php import guard as guards
from portability.syntax.php import reader, rewriter, strings

NAME = "php"
MODE = Mode.INLINE
WHY_NOT = ""
SAMPLES = (
    Sample(
        b"<?php\n$config['db'] = ['host' => 'db1.shop.example', 'port' => 3306];\n",
        (("db1.shop.example", ("config", "db", "host")), ("3306", ("config", "db", "port"))),
    ),
    Sample(
        b'<?php\ndefine("DB_HOST", "db\\x31.shop.example");\n',
        (("db1.shop.example", ("DB_HOST",)),),
    ),
    Sample(
        b"<?php class Api { const BASE = 'https://' . self::SUB . '.shop.example/'; }\n",
        (("https://\x1a.shop.example/", ("Api", "BASE")),),
    ),
    Sample(
        b"<?php\r\n$text = <<<EOT\r\n  Visit http://{$sub}.shop.example now\r\n  EOT;\r\n",
        (("Visit http://\x1a.shop.example now", ("text",)),),
    ),
    Sample(
        b"<a href=\"https://www.shop.example/<?= $path ?>\">x</a>\n<?php echo 'h\xe9';\n",
        (("https://www.shop.example/\x1a\x1a\x1a\x1a\x1a\x1a\x1a\x1a\x1a\x1a\x1a\x1a", ("a", "href")),),
    ),
)


def literals(source: Source) -> Iterator[Literal | Region]:
    """Each literal of the file with its context, and its page text as a Region of HTML."""
    return reader.literals(source)


def encode(text: str, form: str) -> str | None:
    """`text` as it must stand between the quotes of a PHP literal of that form."""
    return strings.encode(text, form)


def rewrite(
    source: Source, literal: Literal, insertions: Sequence[Insertion], namespace: str
) -> Sequence[Rewrite]:
    """The rewrites of `literal` that read each insertion from its constant, with the claims that prove it."""
    return rewriter.rewrite(source, literal, insertions, namespace)


def guard(source: Source, folder: str) -> Rewrite | None:
    """The line that loads `folder`/bootstrap.php, where it may stand; None where the file has it."""
    return guards.guard(source, folder)
