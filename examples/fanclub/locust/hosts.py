"""Where the load goes: what the environment's values say, handed over by `portability campaign run`."""

import os


def site(name):
    """The URL of a site of portability.yaml, without a slash at its end."""
    url = os.environ.get(f"PORTABILITY_SITE_{name.upper()}")
    if not url:
        raise SystemExit(f"no site {name}: start this by portability campaign run")
    return url


core_url = site("www")
iframe_url = site("widgets")
static_url = site("static")
