"""The variables that a target gives to the application in, a check of those that hold production's names out.

An environment of Elastic Beanstalk that was cloned from production's has its properties too, and code that
reads one of them stands in no file. Their values may be secrets: only what is production's in them is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from portability.asking.territory import Territory
from portability.asking.verdicts import Area, Check, Result
from portability.crawl.matching import Matcher

_SECRET = re.compile(
    r"(?:pass(?:word|wd|phrase)?|pwd?|secret|token|key(?:_id)?|salt|credentials?)$", re.IGNORECASE
)
"""Ends the names of variables that hold a secret."""
_SHORTEST = 8
"""Characters of the shortest value that such a name makes a secret: shorter ones may be words."""


def secrets(variables: Mapping[str, str]) -> Iterator[str]:
    """The values of the variables that are named as secrets are."""
    for name, held in variables.items():
        if _SECRET.search(name) and len(held) >= _SHORTEST:
            yield held


def checks(variables: Mapping[str, str], territory: Territory, where: str) -> Iterator[Check]:
    """A failed check for each variable that names production; one that passed if none does."""
    if not variables:
        return
    matcher = Matcher(territory)
    clean = True
    for name, held in sorted(variables.items()):
        hits = list(dict.fromkeys((hit.what, hit.told) for hit in matcher.hits(held)))
        if hits:
            clean = False
            yield Check(
                Area.VALUES,
                f"property {name}",
                Result.FAIL,
                where,
                expected="nothing of production's in the properties of the environment",
                found=", ".join(what for what, _ in hits),
                reason="code may read it; remove it there, or give it the replica's value under"
                f" target.variables ({', '.join(dict.fromkeys(told for _, told in hits if told))})",
                production=True,
            )
    if clean:
        noun = "variable" if len(variables) == 1 else "variables"
        found = f"{len(variables)} {noun}, none names production"
        yield Check(Area.VALUES, "properties", Result.PASS, where, found=found)
