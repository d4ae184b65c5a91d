"""The fans that log in: those of database/seed.sql, or of a CSV file of e-mails and passwords."""

import csv
import os
import random

from locust import events

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
_mine = []


@events.test_start.add_listener
def _share(environment, **more):
    """Each process takes fans that no other one takes: which it is of how many, `campaign run` tells it."""
    at, of = getattr(environment, "portability_share", (0, 1))
    _mine[:] = _fans[at::of]
    random.shuffle(_mine)


def get_random_for_login():
    """Return a fan whom no other user is, in any process, for as long as there are enough."""
    if not _mine:
        raise RuntimeError("there are fewer fans than processes that make load")
    fan = _mine.pop()
    _mine.insert(0, fan)
    return fan
