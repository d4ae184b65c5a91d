"""Made-up fans, the same as in database/seed.sql."""

import itertools

COUNT = 2000
_numbers = itertools.cycle(range(1, COUNT + 1))


def get_random_for_login():
    """Return the next fan; in turn, so that two runs are alike."""
    number = next(_numbers)
    return {"email": f"fan{number:04d}@fans.example", "password": f"fan-{number}-pw"}
