"""PHP of twenty years: whatever stands around them, the literals are found, with what names them."""

from __future__ import annotations

import pytest

from portability.languages import language
from portability.model import HOLE, Literal, Source
from tests.scans import values

HOST = "db1.shop.example"


def literals(text: str) -> set[tuple[str, tuple[str, ...]]]:
    """The text and the names of each literal of PHP, and of the page around it."""
    found: set[tuple[str, tuple[str, ...]]] = set()
    regions = [Source("a.php", text.encode(), "utf-8", "php")]
    while regions:
        source = regions.pop()
        for item in language(source.language).literals(source):
            if isinstance(item, Literal):
                found.add((item.text, item.names))
            else:
                regions.append(Source(source.path, item.data, "utf-8", item.language))
    return found


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("<? $host = '{}'; ?>", ("host",)),
        ("<?\n$host = '{}';\n", ("host",)),
        ("<?php var $x; class A {{ var $host = '{}'; }}", ("A", "host")),
        ("<?php $a = &new Db('x'); $host = '{}';", ("host",)),
        ("<?php if ($x): ?><b><?php $host = '{}'; else: ?>no<?php endif; ?>", ("host",)),
        ("<?php foreach ($a as $b): $host = '{}'; endforeach;", ("host",)),
        ("<?php while (1): switch ($x): case 1: $host = '{}'; endswitch; endwhile;", ("host",)),
        ("<?php // a comment ?> <?php $host = '{}';", ("host",)),
        ("<?php # one ?><p>it's</p><?php $host = '{}';", ("host",)),
        ("<?php /* ?> still a comment */ $host = '{}';", ("host",)),
        ("<?php $host = <<<EOT\n{}\nEOT;\n", ("host",)),
        ("<?php $host = <<<'EOT'\n{}\nEOT;\n", ("host",)),
        ("<?php $a = ['host' => <<<EOT\n    {}\n    EOT, 'b' => 1];", ("a", "host")),
        ("<?php namespace A; use function B\\{{c, d}}; const HOST = '{}';", ("HOST",)),
        ("<?php goto x; x: $host = '{}';", ("host",)),
        ("<?php function f() {{ $host = yield '{}'; }}", ("host",)),
        ("<?php trait T {{ private static ?string $host = '{}'; }}", ("T", "host")),
        ("<?php $f = fn(array $x): ?string => $x['host'] ??= '{}';", ("f", "x", "host")),
        ("<?php #[Attribute(host: '{}')] class A {{}}", ("A", "host")),
        (
            "<?php class A {{ function __construct(public readonly string $host = '{}') {{}} }}",
            ("__construct", "host"),
        ),
        ("<?php $x = match(true) {{ $a, $b => db(host: '{}'), default => null }};", ("x", "host")),
        ("<?php enum Host: string {{ case Db = '{}'; }}", ("Host", "Db")),
        ("<?php readonly class A {{ final public const string HOST = '{}'; }}", ("A", "HOST")),
        ("<?php abstract class A {{ public string $host {{ get => '{}'; set(string $v) {{ }} }} }}", None),
        ("<?php class A {{ public string $host = '{}' {{ get => $this->host; }} }}", None),
        ("<?php class A {{ public private(set) string $host = '{}'; }}", None),
        ("<?php $x = '{}' |> trim(...) |> strtoupper(...);", None),
        ("<?php $x = new A()->open('{}');", None),
        ("<?php $b = clone($a, ['host' => '{}']);", None),
        ("<?php #[\\NoDiscard] function f(): (A&B)|null {{ return db('{}'); }}", None),
        ("<?php (void) db('{}'); echo 1;", None),
    ],
)
def test_a_value_is_found_in_any_version(text: str, names: tuple[str, ...] | None) -> None:
    found = {(one.strip(), reached) for one, reached in literals(text.format(HOST))}
    if names is None:
        assert HOST in {one for one, _ in found}
    else:
        assert (HOST, names) in found, found


def test_a_page_around_short_tags_is_a_page() -> None:
    page = '<a href="https://<?= $sub ?>.shop.example/"><? if ($x) { ?>x<? } ?></a>'
    assert any(text.endswith(".shop.example/") and HOLE in text for text, _ in literals(page))


@pytest.mark.parametrize(
    "broken",
    [
        "class A { public string $x { get => ; set } ",
        "$x = $a |> ;",
        "function ( { ",
        "if (: ",
        "$a = ['b' => , ",
        "}}}",
    ],
)
def test_the_literals_around_an_error_are_found(broken: str) -> None:
    text = (
        f"<?php\n$first = mysqli_connect('{HOST}');\n{broken}\n$last = mysqli_connect('db2.shop.example');\n"
    )
    assert values(text) == [HOST, "db2.shop.example"]
