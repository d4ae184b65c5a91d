"""Names that code gives a value of its own: the plan must not give them a second meaning."""

from __future__ import annotations

import pytest

from portability.model import Source, Span
from portability.planning.uses import others


def found(text: str, value: str = "db1.shop.example", moved: tuple[Span, ...] = ()) -> list[str]:
    source = Source("a.php", text.encode(), language="php")
    return [use.where for use in others([source], {"DB_HOST": value}, {"a.php": moved})]


@pytest.mark.parametrize(
    "text",
    [
        "<?php\ndefine('DB_HOST', 'other.shop.example');",
        '<?php\n\\define( "DB_HOST" , "other" , true);',
        "<?php\nconst DB_HOST = 'other';",
        "<?php\n$h = getenv('DB_HOST') ?: 'other';",
        "<?php\n$h = env('DB_HOST', 'other');",
        "\nh = os.environ.get('DB_HOST', 'other')",
        "\nh = os.getenv('DB_HOST', 'other')",
        "\nconst h = process.env.DB_HOST || 'other';",
        "<?php\ndefine('DB_HOST', 3306);",
    ],
)
def test_another_value_is_told_with_its_place(text: str) -> None:
    assert found(text) == ["a.php:2"]


@pytest.mark.parametrize(
    "text",
    [
        "<?php define('DB_HOST', 'db1.shop.example');",
        "<?php define('DB_HOST', \\AppEnv\\DB_HOST);",
        "<?php define('DB_HOST', getenv('DB_HOST'));",
        "<?php define('DB_HOST_RO', 'other');",
        "<?php $h = getenv('DB_HOST');",
        "<?php class A {\n  const DB_HOST = 'other';\n}",
        "<?php $h = env('DB_HOST', 'db1.shop.example');",
    ],
)
def test_the_same_value_or_none_is_no_clash(text: str) -> None:
    assert found(text) == []


def test_a_value_that_is_moved_away_itself_is_no_clash() -> None:
    text = "<?php define('DB_HOST', 'other.shop.example');"
    at = text.index("other")
    assert found(text, moved=(Span(at, at + 18),)) == []


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("wp-config-sample.php", 0),
        ("config.php.dist", 0),
        ("example.php", 0),
        ("sampler.php", 1),
        ("a.php", 1),
    ],
)
def test_what_is_only_there_to_be_copied_gives_no_name_a_meaning(path: str, told: int) -> None:
    source = Source(f"site/{path}", b"<?php define('DB_HOST', 'localhost');", language="php")
    assert len(list(others([source], {"DB_HOST": "db1.shop.example"}, {}))) == told
