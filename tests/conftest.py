"""Hooks and fixtures of the whole test suite: see rules_plugin and shop_fixtures.

Property tests draw the same examples in each run, so that a change is judged by itself; with
PORTABILITY_HYPOTHESIS=random they look for new ones.
"""

import os
import signal

from hypothesis import settings

pytest_plugins = [
    "tests.leftovers",
    "tests.rules_plugin",
    "tests.shop_fixtures",
    "tests.replaying",
    "tests.database.fixtures",
    "tests.beanstalk.fixtures",
]

settings.register_profile("fixed", derandomize=True)
settings.register_profile("random")
settings.load_profile(os.environ.get("PORTABILITY_HYPOTHESIS", "fixed"))

# What a test's scan says is not kept among the answers of the person who runs the tests.
os.environ["PORTABILITY_NO_CACHE"] = "1"

# A shell starts what it puts into the background with Ctrl-C ignored, and children inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
