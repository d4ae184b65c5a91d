"""A checklist in, the lines that people read out, or JSON."""

from __future__ import annotations

import json
from collections.abc import Callable

from portability.verification.readiness import Checklist, State

Style = Callable[[str, str, bool], str]
_COLOURS = {State.DONE: "green", State.MISSING: "red", State.UNKNOWN: "yellow"}


def text(found: Checklist, style: Style, plain: Callable[[str], str]) -> list[str]:
    """A line a step, the command to run below those that are not done, and the sum."""
    lines = []
    for number, step in enumerate(found.steps, 1):
        word = style(f"{step.state:<10}", _COLOURS[step.state], step.state is not State.DONE)
        lines.append(f"{number} {step.name:<9} {word}  {plain(step.why)}")
        if step.state is not State.DONE and step.next:
            lines.append(f"    next: {plain(step.next)}")
    counts = [(found.count(state), state.value) for state in State if found.count(state)]
    lines.append(f"{found.environment}: " + ", ".join(f"{count} {word}" for count, word in counts))
    return lines


def as_json(found: Checklist) -> str:
    """The same for machines."""
    steps = [
        {"name": s.name, "title": s.title, "state": s.state.name.lower(), "why": s.why, "next": s.next}
        for s in found.steps
    ]
    summary = {state.name.lower(): found.count(state) for state in State}
    told = {"environment": found.environment, "steps": steps, "summary": summary, "next": found.next}
    return json.dumps(told, indent=2, ensure_ascii=False)
