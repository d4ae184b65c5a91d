"""Nothing in; the names of the folders that a scan does not look into out."""

VERSION_CONTROL = frozenset({".git", ".hg", ".svn", ".bzr", "CVS"})
THIRD_PARTY = frozenset(
    "vendor node_modules bower_components jspm_packages site-packages third_party third-party thirdparty "
    ".venv venv .tox .yarn".split()
)
"""Folders of code that others wrote; skipped unless a path names them."""

CACHES = frozenset("__pycache__ .mypy_cache .pytest_cache .ruff_cache .sass-cache .phpunit.cache".split())
WORDPRESS = frozenset({"wp-includes", "wp-admin"})
"""Folders that are WordPress itself where they stand side by side."""
