"""Who owns a path by a CODEOWNERS file, as GitHub and GitLab read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from portability.reading.owners import find, owners, parse

# The examples of GitHub's documentation, shortened.
GITHUB = r"""
# a comment
*       @global1 @global2
*.js    @js-owner #This is an inline comment.
*.go docs@example.com
/build/logs/ @doctocat
docs/*  docs2@example.com
apps/ @Octocat
/docs/ @doctocat
/scripts/ @doctocat @octocat
**/logs @octocat
/apps/github
name\ with\ space/ @space
"""


@pytest.mark.parametrize(
    ("path", "owned_by"),
    [
        ("README", {"@global1", "@global2"}),
        ("src/deep/a.js", {"@js-owner"}),
        ("build/logs/a/b.txt", {"@octocat"}),
        ("docs/deep/a.md", {"@doctocat"}),
        ("lib/apps/x/y.php", {"@octocat"}),
        ("apps/github", set()),
        ("apps/github/x.php", set()),
        ("scripts/a.sh", {"@doctocat", "@octocat"}),
        ("deep/logs/a", {"@octocat"}),
        ("name with space/x", {"@space"}),
    ],
)
def test_the_last_rule_that_fits_says_it(path: str, owned_by: set[str]) -> None:
    assert owners(parse(GITHUB), path) == owned_by


def test_a_star_stays_in_its_folder() -> None:
    rules = parse("docs/* @a\n")
    assert owners(rules, "docs/a.md") == {"@a"}
    assert owners(rules, "docs/b/a.md") == frozenset()
    assert owners(rules, "x/docs/a.md") == frozenset()


def test_sections_of_gitlab_add_up_and_give_owners_to_lines_without() -> None:
    rules = parse("* @all\n[Database][2] @dba\ndb/\n*.sql @sql\n^[Web]\nweb/ @web\n")
    assert owners(rules, "db/x.php") == {"@all", "@dba"}
    assert owners(rules, "db/x.sql") == {"@all", "@sql"}
    assert owners(rules, "web/a.php") == {"@all", "@web"}


def test_the_first_place_counts(tmp_path: Path) -> None:
    assert find(tmp_path) is None
    for place in ("docs", ".github"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "CODEOWNERS").write_text(f"* @{place.strip('.')}\n")
    found = find(tmp_path)
    assert found is not None
    assert found[0] == ".github/CODEOWNERS"
    assert owners(found[1], "x") == {"@github"}
