"""Walks through one site of the load test's side from inside the stage, logged in too; prints pages as JSON.

The one argument is JSON: host, and the login's recipe with its form's texts.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

from portability.crawl import Crawler, origin
from portability.settings.crawl import Crawl, Login
from tests.crawl.walking import resolve, territory


def main() -> None:
    told = json.loads(sys.argv[1])
    login = Login(**told["login"])
    form = {name: str(value) for name, value in login.form.items()}
    settings = Crawl(start=tuple(told["start"]), most=told["most"], login=login)
    crawler = Crawler([origin("http", told["host"])], settings, territory(), resolve, form)
    pages = [asdict(page) for page in crawler.walk()]
    sys.stdout.write(json.dumps({"pages": pages, "skipped": [asdict(one) for one in crawler.skipped]}))


if __name__ == "__main__":
    main()
