"""What the rows of a database or a dump hold in, as text or JSON, out; no value of a row is shown."""

from __future__ import annotations

import json
from collections import Counter

from portability.console import Console, one_line
from portability.database.tally import Column, Tally

_MOST = 3


def text(tally: Tally, console: Console, verb: str) -> list[str]:
    """A line a column for what changes, and one for what is left; then what was not looked at."""
    lines = []
    for column in tally.found():
        name = one_line(f"{column.table}.{column.name}" if column.name else column.table)
        if column.values:
            lines.append(f"{name}  {_count(column.values, 'value')}  {_few(column.forms)}  {_hosts(column)}")
            lines[-1] += f"  e.g. {one_line(column.example)}" if column.example else ""
        if column.left:
            mark = console.style("left", "yellow")
            lines.append(f"{name}  {_count(column.left, 'value')} {mark}: {_reasons(column)}")
            lines[-1] += f"  e.g. {one_line(column.left_example)}" if column.left_example else ""
            lines[-1] += "" if column.values else f"  {_hosts(column)}"
        if column.mail and console.verbose:
            lines.append(f"{name}  {_count(column.mail, 'e-mail address', 'es')}")
    lines += [f"not looked at: {one_line(what)}  {one_line(reason)}" for what, reason in tally.skipped]
    return [*lines, summary(tally, verb)]


def summary(tally: Tally, verb: str) -> str:
    """One line of figures."""
    rows, tables = sum(tally.rows.values()), sum(1 for count in tally.rows.values() if count)
    line = f"{_count(tally.values, 'value')} in {_count(rows, 'row')} of {_count(tables, 'table')} {verb}"
    if tally.left:
        line += f"; {tally.left:,} left"
    if tally.mail:
        line += f"; {_count(tally.mail, 'e-mail address', 'es')} not counted (--mail counts them)"
    return line


def as_json(tally: Tally) -> str:
    """The same for programs."""
    return (
        json.dumps(
            {
                "columns": [
                    {
                        "table": column.table,
                        "column": column.name,
                        "values": column.values,
                        "left": column.left,
                        "mail": column.mail,
                        "forms": dict(sorted(column.forms.items())),
                        "reasons": dict(sorted(column.reasons.items())),
                        "hosts": dict(sorted(column.hosts.items())),
                        "example": column.example,
                        "left_example": column.left_example,
                    }
                    for column in tally.found()
                ],
                "skipped": [{"what": what, "reason": reason} for what, reason in tally.skipped],
                "summary": {
                    "values": tally.values,
                    "left": tally.left,
                    "mail": tally.mail,
                    "rows": dict(sorted((name, count) for name, count in tally.rows.items() if count)),
                },
            },
            indent=2,
            ensure_ascii=False,
        )
        + "\n"
    )


def _count(number: int, noun: str, plural: str = "s") -> str:
    return f"{number:,} {noun}{'' if number == 1 else plural}"


def _few(counted: Counter[str]) -> str:
    shown = [f"{count:,} {one_line(name)}" for name, count in counted.most_common(_MOST)]
    more = len(counted) - _MOST
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def _reasons(column: Column) -> str:
    shown = [f"{one_line(reason)} ({count:,})" for reason, count in column.reasons.most_common(_MOST)]
    more = len(column.reasons) - _MOST
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def _hosts(column: Column) -> str:
    shown = [one_line(name) for name, _ in column.hosts.most_common(_MOST)]
    more = len(column.hosts) - _MOST
    return " ".join(shown) + (f" and {more} more" if more > 0 else "")
