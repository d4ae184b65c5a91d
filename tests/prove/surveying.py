"""Makes a scenario of a site of the stage, from inside, as `campaign init --env` does; prints its tasks.

The one argument is JSON: host, start, most, login with its form's texts, and the folder to write to.
"""

from __future__ import annotations

import ipaddress
import json
import sys
from pathlib import Path

from portability.asking.territory import Territory
from portability.campaign import accesslog, skeleton, surveying
from portability.crawl import origin
from portability.settings.crawl import Crawl, Login
from portability.system.files import write_new
from tests.crawl.walking import resolve


def main() -> None:
    told = json.loads(sys.argv[1])
    login, host = Login(**told["login"]), told["host"]
    form = {name: str(value) for name, value in login.form.items()}
    crawl = Crawl(start=tuple(told["start"]), skip=tuple(told["skip"]), most=told["most"], login=login)
    ours = Territory(replica_networks=(ipaddress.ip_network("127.0.0.0/8"),), replica_names=frozenset({host}))
    found = surveying.walked([origin("http", host)], {host: "www"}, crawl, ours, resolve, form)
    traffic = accesslog.read([Path(told["log"])], (), crawl.skip) if told["log"] else None
    made = skeleton.tasks(found.pages, traffic, "")
    texts = skeleton.files(made, login, ["www"], found.form)
    write_new({Path(told["folder"]) / name: (text.encode(), 0o644) for name, text in texts.items()})
    sys.stdout.write(json.dumps([[one.name, one.weight, one.private] for one in made]))


if __name__ == "__main__":
    main()
