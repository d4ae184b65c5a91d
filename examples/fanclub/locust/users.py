"""The fans that log in: those of database/seed.sql, or of a CSV file of e-mails and passwords."""

import csv
import functools
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


@functools.cache
def _share(which):
    """Fans whom no other process takes: which it is of how many, such as 0/2, `campaign run` tells each."""
    at, of = map(int, which.split("/"))
    mine = _fans[at::of]
    random.shuffle(mine)
    return mine


def get_random_for_login():
    """Return a fan whom no other user is, in any process, for as long as there are enough."""
    mine = _share(os.environ.get("PORTABILITY_SHARE", "0/1"))
    if not mine:
        raise RuntimeError("there are fewer fans than processes that make load")
    fan = mine.pop()
    mine.insert(0, fan)
    return fan
