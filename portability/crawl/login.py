"""A login's recipe in, what to send out; its answers in, whether it worked and why not out."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from portability.crawl.links import forms
from portability.crawl.responses import Response
from portability.replica import Login


def body(form: Mapping[str, str], page: Response | None) -> bytes | None:
    """The form as it is sent, with the hidden fields of the page's form, such as a token; None for no form.

    The page's form is the one that has all the fields of the recipe.
    """
    if not form:
        return None
    fields: dict[str, str] = {}
    for found in forms(page) if page is not None else ():
        if form.keys() <= found.fields.keys():
            fields = {name: found.fields[name] for name in found.fields if name in found.hidden}
            break
    return urlencode({**fields, **form}).encode()


class Attempt:
    """What the answers of one login showed so far."""

    def __init__(self, login: Login) -> None:
        self._login = login
        self._status = 0
        self._seen = False
        self._pages = 0
        self._secure = False

    def take(self, response: Response | None) -> None:
        """Looks at the next answer; the first is the one to the form itself."""
        self._pages += 1
        if response is None:
            return
        self._status = self._status or response.status
        self._seen = self._seen or self._login.contains in response.text
        set_cookies = [value for name, value in response.headers if name.lower() == "set-cookie"]
        plain = urlsplit(response.url).scheme == "http"
        self._secure = self._secure or (plain and any(_is_secure(value) for value in set_cookies))

    @property
    def worked(self) -> bool:
        """Whether all that the recipe asks for was shown."""
        return not self.problem

    @property
    def problem(self) -> str:
        """What was not shown, '' for nothing."""
        login = self._login
        if not self._status:
            return "the login got no answer"
        missing: list[str] = []
        if login.status and login.status != self._status:
            missing.append(f"status {login.status} (it answered {self._status})")
        if login.contains and not self._seen:
            pages = "its answer" if self._pages == 1 else f"its {self._pages} answers"
            missing.append(f"the text {login.contains!r} in {pages}")
        if not missing:
            return ""
        hint = "; it set a Secure cookie, which is not sent back over http" if self._secure else ""
        return "the login didn't show " + " and ".join(missing) + hint


def _is_secure(cookie: str) -> bool:
    return any(part.strip().lower() == "secure" for part in cookie.split(";")[1:])
