"""This machine's values as attributes (`AppEnv.DB_HOST`). Written by `portability apply`.

The values come from current.json, which `portability render` writes. A missing, unreadable or damaged file,
a missing value, another environment than PORTABILITY_ENV says or another machine ends the program with
exit code 78.
"""

import fnmatch
import json
import os
import re
import socket
import sys

_RENDER = "run portability render --env NAME"


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
        environment, host, values = current["environment"], current["host"], dict(current["values"])
    except OSError:
        _stop("no environment is rendered here: %s is missing or unreadable; %s" % (name, _RENDER))
    except (ValueError, KeyError, TypeError):
        _stop("%s is damaged; %s" % (name, _RENDER))
    if asked and asked != environment:
        _stop("%s was rendered for %s, but PORTABILITY_ENV is %s" % (name, environment, asked))
    if host and not fnmatch.fnmatchcase(socket.gethostname(), host):
        _stop("%s was rendered for machines named %s, this is %s" % (name, host, socket.gethostname()))
    marker = current.get("marker")
    if marker:
        try:
            with open(marker["file"], "rb") as stream:
                line = stream.read(256).split(b"\n")[0].strip().decode("utf-8", "replace")
        except OSError:
            line = ""
        if line != marker["holds"]:
            _stop("%s was rendered for another machine: %s says so" % (name, marker["file"]))
    return values


def __getattr__(name):
    if re.match(r"[A-Z][A-Z0-9_]*\Z", name):
        _stop("%s has no value here; %s" % (name, _RENDER))
    raise AttributeError(name)


globals().update(_load())
