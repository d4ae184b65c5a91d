"""A file's path and bytes in, why a tool would lose an edit of it, and what to change instead, out.

Laravel, Symfony and Magento write some of their PHP anew from other files: a constant in it would be
gone after the next run of their tool.
"""

from __future__ import annotations

import re

_TOOLS = (
    (r"bootstrap/cache/[^/]+\.php", "php artisan config:cache", "change config/ or .env"),
    (r"storage/framework/(?:views|cache)/.+", "Laravel", "change the template that it comes from"),
    (r"\.env\.local\.php", "composer dump-env", "change .env.local"),
    (r"var/cache/.+", "Symfony", "change the file that it comes from"),
    (r"app/etc/(?:env|config)\.php", "Magento's setup", "give each environment its own by bin/magento"),
    (r"(?:.+/)?templates_c/.+\.php", "Smarty", "change the template that it comes from"),
    (r"(?:typo3conf/LocalConfiguration|config/system/settings)\.php", "TYPO3's settings module",
     "set it in AdditionalConfiguration.php or additional.php"),
)  # fmt: skip
_PATHS = tuple((re.compile(rf"(?:.+/)?{path}", re.DOTALL), tool, instead) for path, tool, instead in _TOOLS)
_GENERATED, _KEEP_OUT = rb"\b(?:auto-?)?generated\b", rb"\bdo not (?:edit|modify|change)\b"
_NEAR = rb"[^\n]{0,80}\n?[^\n]{0,80}"
_MARK = re.compile(
    rb"@generated\b|" + _GENERATED + _NEAR + _KEEP_OUT + rb"|" + _KEEP_OUT + _NEAR + _GENERATED, re.IGNORECASE
)
_HEAD = 1024


def rewritten_by_tools(path: str, data: bytes) -> str:
    """The reason not to edit the file, with what to change instead; '' for one that people write."""
    for pattern, tool, instead in _PATHS:
        if pattern.fullmatch(path):
            return f"{tool} writes this file anew: {instead}"
    if _MARK.search(data, 0, _HEAD):
        return "a tool writes this file anew, as its head says: change what it comes from"
    return ""
