"""What stands around a finding is shown, and no credential in it."""

from __future__ import annotations

from portability.crawl.masking import excerpt, spellings


def test_a_known_secret_is_told_in_no_excerpt_however_it_is_written_nor_by_half() -> None:
    secret = "Fake/Lt&Writer-Pw-of-some-length"
    hidden = spellings([secret])
    for spelled in (secret, secret.replace("/", "\\/"), "Fake%2FLt%26Writer-Pw-of-some-length"):
        for gap in range(0, 70, 3):
            text = f"{spelled}{'-' * gap}db.shop.example{'-' * gap}{spelled}"
            start = text.index("db.shop")
            shown = excerpt(text, start, start + len("db.shop.example"), hidden)
            assert "db.shop.example" in shown
            assert not [part for part in ("Fake", "Writer", "some-length") if part in shown], shown


def test_a_short_word_is_no_secret_to_look_for() -> None:
    assert spellings(["root", ""]) == ()


def test_of_a_secret_around_what_was_found_nothing_else_is_shown() -> None:
    secret = "FakeUser-Part.db.shop.example.FakeTail" + "-and-more" * 9
    text = f"before {secret} after"
    start = text.index("db.shop")
    shown = excerpt(text, start, start + len("db.shop.example"), spellings([secret]))
    assert shown == "before ********db.shop.example******** after"
