"""`portability campaign init`: writes the beginning of a scenario from a site's pages and access log."""

from __future__ import annotations

from pathlib import Path

from portability.campaign import accesslog, skeleton, surveying
from portability.campaign.accesslog import Traffic
from portability.console import Console, one_line
from portability.crawl.urls import LOGOUT
from portability.errors import ExitCode, UsageError
from portability.settings.project import Settings
from portability.system.files import write_new


def run(
    console: Console,
    name: str | None,
    application: str,
    logs: tuple[Path, ...],
    framed: tuple[str, ...],
    folder: Path | None,
) -> int:
    """Writes all files, or none; what is there already is never overwritten."""
    whole = console.settings()
    settings = whole.of(application)
    sites = [site.name for site in settings.verifying.sites]
    if not sites:
        raise UsageError("the settings name no sites", str(settings.file), "portability verify --propose")
    if name is None and not logs:
        raise UsageError("there is nothing to make a scenario of", hint="--env NAME, --log FILE, or both")
    site, files = _framed(framed, sites)
    crawl = settings.verifying.crawl
    traffic = accesslog.read(logs, files, (*crawl.skip, *LOGOUT)) if logs else None
    found = surveying.survey(whole, name, application) if name else surveying.Survey()
    made = skeleton.tasks(found.pages, traffic, site)
    if not made:
        raise UsageError(
            "the walk found no page that a user could look at", hint="crawl.start, or --log FILE"
        )
    place = folder or (settings.root / settings.campaign.scenario).parent
    texts = skeleton.files(made, crawl.login, sites, found.form)
    write_new({place / file: (text.encode("utf-8"), 0o644) for file, text in texts.items()})
    _tell(console, settings, place, list(texts), made, traffic)
    return ExitCode.OK


def _framed(given: tuple[str, ...], sites: list[str]) -> tuple[str, list[Path]]:
    site, files = "", []
    for one in given:
        site, equals, file = one.partition("=")
        if not equals or site not in sites:
            raise UsageError(
                f"--frames-log {one_line(one)} names no site", hint=f"SITE=FILE: {', '.join(sites)}"
            )
        files.append(Path(file))
    return site, files


def _tell(
    console: Console,
    settings: Settings,
    place: Path,
    files: list[str],
    made: tuple[skeleton.Task, ...],
    traffic: Traffic | None,
) -> None:
    for one in made:
        frames = f"  with {', '.join(path for _, path in one.frames)}" if one.frames else ""
        console.out(
            f"{one.weight:>5}  {one_line(one.name)}{'  logged in' if one.private else ''}{one_line(frames)}"
        )
    if traffic is not None:
        covered = sum(one.count for one in traffic.most(skeleton.PAGES))
        share = 100 * covered / traffic.total
        console.say(f"{len(made)} tasks of {traffic.seen:,} pages, {share:.0f} % of {traffic.total:,} visits")
        for reason, count in traffic.left_out.most_common():
            console.say(f"left out: {count:,} {reason}")
        for path, count in traffic.logins.most_common(3) if settings.verifying.crawl.login is None else ():
            console.say(f"a login, it seems: {count:,} x POST {one_line(path)}")
    console.say(f"written to {place}: {', '.join(files)}")
    if settings.verifying.crawl.login is None:
        console.say("nobody logs in: crawl.login of the settings describes a login")
    else:
        console.say("fill users.csv with test users of the replica; git ignores it")
