"""The fans that log in: those of database/seed.sql, or of a CSV file of e-mails and passwords."""

import csv
import os
import random

COUNT = 2000


def _pool():
    file = os.environ.get("FANS")
    if file:
        with open(file, encoding="utf-8", newline="") as rows:
            return [{"email": row[0], "password": row[1]} for row in csv.reader(rows) if len(row) > 1]
    return [
        {"email": f"fan{number:04d}@fans.example", "password": f"fan-{number}-pw"}
        for number in range(1, COUNT + 1)
    ]


_fans = _pool()
random.shuffle(_fans)


def get_random_for_login():
    """Return a fan whom no other user of this process is, for as long as there are enough."""
    if not _fans:
        raise SystemExit("there is no fan to log in")
    fan = _fans.pop()
    _fans.insert(0, fan)
    return fan
