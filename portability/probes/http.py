"""What a site answered in, evidence of which release it serves and where it leads out; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from portability.asking.evidence import Evidence, Weight, peer
from portability.asking.identity import Expected, Reply
from portability.settings.replica import ProbeSettings


def evidence(settings: ProbeSettings, reply: Reply, expected: Expected) -> Iterator[Evidence]:
    """All that the site's answers say: a certificate proves nothing, one may be on both sides."""
    yield peer(reply, expected)
    yield from _release(reply)
    yield from _hops(reply, expected)


def _release(reply: Reply) -> Iterator[Evidence]:
    """Whether the site runs the deployed release, as only its own signature shows."""
    told = reply.facts.get("release")
    if not isinstance(told, Mapping):
        return
    answer = told.get("told")
    if told.get("signed") is True and isinstance(answer, Mapping) and answer.get("step") == "done":
        yield Evidence(Weight.FOR, "it serves the deployed release", "the deployed release")
        return
    found = f"status {told.get('status')}"
    if told.get("signed") is True and isinstance(answer, Mapping):
        found = f"the environment {answer.get('environment') or 'none'}"
    reason = "it does not serve the deployed release: the probe there gave no right answer"
    yield Evidence(Weight.AGAINST, reason, "the deployed release", found)


def _hops(reply: Reply, expected: Expected) -> Iterator[Evidence]:
    """Whether a redirect leads to production."""
    for hop in reply.facts.get("hops") or ():
        location = str(hop.get("location") or "")
        owner = expected.territory.production_name(_host(location)) if location else ""
        if owner:
            told = expected.territory.production_names[owner]
            reason = f"it redirects to production ({told})"
            found = f"{hop.get('url')} -> {location}"
            yield Evidence(Weight.AGAINST, reason, "redirects within the replica", found, production=True)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
