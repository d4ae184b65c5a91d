"""What a function of the project does with its parameters, as the readers of all languages tell it."""

from __future__ import annotations

from dataclasses import dataclass

from portability.model import Call


@dataclass(frozen=True, slots=True)
class Passed:
    """A parameter that a function passes on to a call.

    `parameter` counts from 0 and is called `name`. `call` is the call it goes into, `names` the names that
    it has there (`CURLOPT_URL`), `before` and `after` the constant text around it in the same argument.
    `start` is the byte of the function's own name, `at` that of the parameter where it is passed on.
    """

    function: str
    parameter: int
    name: str
    call: Call
    start: int
    at: int
    names: tuple[str, ...] = ()
    before: str = ""
    after: str = ""
