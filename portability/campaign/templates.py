"""The texts that `campaign init` makes a scenario of; words in capitals are replaced."""

HEAD = '''"""Users of the site, written by `portability campaign init`: change them."""

'''
FORM = '''

def attribute(tag, name):
    """The value of an attribute of a tag, or nothing."""
    found = re.search(rf"""\\s{name}\\s*=\\s*("([^"]*)"|'([^']*)'|([^\\s>]+))""", tag, re.I)
    return unescape(found[2] or found[3] or found[4] or "") if found else ""


def hidden_fields(page, form):
    """The hidden fields of the form in a page that asks for all that we want to send, by their names."""
    for text in re.findall(r"<form\\b.*?</form>", page, re.I | re.S):
        inputs = re.findall(r"<(?:input|button)\\b[^>]*>", text, re.I)
        if set(form) <= {attribute(tag, "name") for tag in inputs}:
            hidden = [tag for tag in inputs if attribute(tag, "type").lower() == "hidden"]
            return {attribute(tag, "name"): attribute(tag, "value") for tag in hidden}
    return {}
'''
META = '''

def meta(page, name):
    """What a <meta> of a page says."""
    tags = re.findall(r"<meta\\b[^>]*>", page, re.I)
    return next((attribute(tag, "content") for tag in tags if attribute(tag, "name") == name), "")
'''
LOOK = '''

class Looks(HttpUser):
    """Looks at a page, and if it came, at what it shows in frames."""

    abstract = True
    host = FIRST
    wait_time = between(1, 10)
    prefix = ""

    def look(self, path, name=None, frames=()):
        with self.client.get(path, name=self.prefix + (name or path), catch_response=True) as answer:
            if not 0 < answer.status_code < 400:  # 0: no answer; Locust tells why.
                if answer.status_code:
                    answer.failure(f"status {answer.status_code}")
                return
        for site, frame in frames:
            self.client.get(site + frame, name=f"{self.prefix}iframe: {frame}")
'''
LOGIN = '''

class LoggedIn(Looks):
    """Logs in before anything else; as long as that fails, it tries again and does nothing more."""

    weight = 20
    prefix = "Logged In "

    def on_start(self):
        while not self.log_in():
            self.wait()

    def log_in(self):
        form = users.get_random_for_login()
BEFORE
        with self.client.post(URL, data=formHEADERS, name="Log In", catch_response=True) as answer:
            all_answers = [*answer.history, answer]
            if WORKED:
                return True
            try:
                said = answer.json()["error"]
            except (ValueError, KeyError, TypeError):
                said = answer.text
            answer.failure(str(said or answer.error or f"status {answer.status_code}")[:300])
        return False
'''
VISITOR = '''

class Visitor(Looks):
    """Is not logged in."""

    weight = WEIGHT
'''
HOSTS = '''"""Where the load goes: by the environment's values, handed over by `portability campaign run`."""

import os


def _site(name):
    variable = "PORTABILITY_SITE_" + name.upper().replace("-", "_")
    if not os.environ.get(variable):
        raise SystemExit(f"where is {name}? portability campaign run tells; or {variable}=http://… locust")
    return os.environ[variable]


url = {name: _site(name) for name in SITES}
'''
PAGES_HEAD = '''"""Real paths, drawn from the access log: what is popular comes more often."""

of = {
'''
USERS = '''"""The test users: users.csv has a column for each field of the login, a row for each user."""

import csv
import functools
import os
import random
from pathlib import Path

ALIKE = FIXED  # what every user sends

with Path(__file__).with_name("users.csv").open(encoding="utf-8-sig", newline="") as _rows:
    _users = [{**ALIKE, **row} for row in csv.DictReader(_rows)]
if not _users:
    raise SystemExit("users.csv holds no user yet: add test users of the replica, thousands for a spike")


@functools.cache
def _share(which):
    """Users that no other process takes: which it is of how many, such as 0/2, `campaign run` tells each."""
    at, of = map(int, which.split("/"))
    mine = _users[at::of]
    random.shuffle(mine)
    return mine


def get_random_for_login():
    """Return a user whom nobody else is, in any process, for as long as there are enough."""
    mine = _share(os.environ.get("PORTABILITY_SHARE", "0/1"))
    if not mine:
        raise RuntimeError("users.csv holds fewer users than there are processes that make load")
    user = mine.pop()
    mine.insert(0, user)
    return dict(user)
'''
