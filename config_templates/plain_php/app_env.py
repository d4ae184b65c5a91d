"""This machine's values as attributes (`AppEnv.DB_HOST`). Written by `portability apply`.

The values come from current.json, which `portability render` writes. A missing file, a missing value
or another environment than PORTABILITY_ENV says ends the program with exit code 78.
"""

import fnmatch
import json
import os
import socket
import sys


def _stop(problem):
    sys.stderr.write("portability: %s\n" % problem)
    raise SystemExit(78)


def _load():
    folder = os.path.join(os.path.dirname(os.path.realpath(__file__)), @@RENDERED@@)
    name = os.path.join(folder, "current.json")
    asked = os.environ.get("PORTABILITY_ENV", "")
    if not os.path.exists(name) and @@FALLBACK@@ and not asked:
        name = os.path.join(folder, "production.json")
    try:
        with open(name, encoding="utf-8") as stream:
            current = json.load(stream)
    except OSError:
        _stop("no environment is rendered here: %s is missing or unreadable" % name)
    if asked and asked != current["environment"]:
        _stop(
            "%s was rendered for %s, but PORTABILITY_ENV is %s" % (name, current["environment"], asked)
        )
    if current["host"] and not fnmatch.fnmatch(socket.gethostname(), current["host"]):
        _stop("%s was rendered for machines named %s" % (name, current["host"]))
    marker = current.get("marker")
    if marker:
        try:
            with open(marker["file"], "rb") as stream:
                line = stream.read(256).split(b"\n")[0].strip().decode("utf-8", "replace")
        except OSError:
            line = ""
        if line != marker["holds"]:
            _stop("%s was rendered for another machine: %s says so" % (name, marker["file"]))
    return current["values"]


globals().update(_load())
