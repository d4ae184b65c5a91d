"""A login's recipe in, what to send out; its answers in, whether it worked and why not out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlencode, urlsplit

from portability.crawl.links import Form, forms, meta_of
from portability.crawl.responses import Response
from portability.settings.crawl import Login


@dataclass(frozen=True, slots=True)
class Given:
    """What is sent: the form (None for none) and further headers; or why it can't be sent."""

    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


def given(
    login: Login, form: Mapping[str, str], page: Response | None, cookie: Callable[[str], str]
) -> Given:
    """The form with the hidden fields of the page's form, and with the token that the recipe asks for.

    The page's form is the one that has all the fields of the recipe.
    """
    found = _form(form, page)
    fields = {name: found.fields[name] for name in found.fields if name in found.hidden} if found else {}
    headers: dict[str, str] = {}
    if (token := login.token) is not None:
        value = unquote(cookie(token.cookie)) if token.cookie else meta_of(page, token.meta) if page else ""
        if not value:
            place = f"sets no cookie {token.cookie}" if token.cookie else f"has no <meta name={token.meta}>"
            return Given(problem=f"the login's page {place}, which its token comes from")
        if token.header:
            headers[token.header] = value
        else:
            fields[token.field] = value
    return Given(urlencode({**fields, **form}).encode() if form or fields else None, headers)


def _form(form: Mapping[str, str], page: Response | None) -> Form | None:
    """The form of a page that has all the fields of the recipe."""
    if page is None or not form:
        return None
    return next((one for one in forms(page) if form.keys() <= one.fields.keys()), None)


class Attempt:
    """What the answers of one login showed so far."""

    def __init__(self, login: Login, form: Mapping[str, str], page: Response | None) -> None:
        """`page` is what was asked for the form."""
        self._login = login
        self._form = form
        self._asked = page
        self._last: Response | None = None
        self._given_up = ""
        self._status = 0
        self._seen = False
        self._pages = 0
        self._secure = False

    def give_up(self, problem: str) -> None:
        """Says why nothing was sent."""
        self._given_up = problem

    def take(self, response: Response | None) -> None:
        """Looks at the next answer; the first is the one to the form itself."""
        self._pages += 1
        if response is None:
            return
        self._last = response
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
        if self._given_up or not self._status:
            return self._given_up or "the login got no answer"
        missing: list[str] = []
        if login.status and login.status != self._status:
            missing.append(f"status {login.status} (it answered {self._status})")
        if login.contains and not self._seen:
            pages = "its answer" if self._pages == 1 else f"its {self._pages} answers"
            missing.append(f"the text {login.contains!r} in {pages}")
        if not missing:
            return ""
        return "the login didn't show " + " and ".join(missing) + self._hint

    @property
    def _hint(self) -> str:
        """What may be the reason."""
        hints = []
        if self._form and self._asked is not None and _form(self._form, self._asked) is None:
            names = ", ".join(self._form)
            hints.append(f"; its page, which answered {self._asked.status}, has no form with {names}")
        elif self._form and _form(self._form, self._last) is not None:
            hints.append("; its form came back: is the name or the password another one?")
        if self._secure:
            hints.append("; it set a Secure cookie, which is not sent back over http")
        return "".join(hints)


def _is_secure(cookie: str) -> bool:
    return any(part.strip().lower() == "secure" for part in cookie.split(";")[1:])
