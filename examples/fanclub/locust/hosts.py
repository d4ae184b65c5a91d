"""Where the load goes: what the environment's values say, handed over by `portability campaign run`."""

import os


def site(name):
    """The URL of a site of portability.yaml, without a slash at its end."""
    variable = f"PORTABILITY_SITE_{name.upper()}"
    if not os.environ.get(variable):
        raise SystemExit(f"where is {name}? portability campaign run tells; or {variable}=http://… locust")
    return os.environ[variable]


core_url = site("www")
iframe_url = site("widgets")
static_url = site("static")
