"""An environment of AWS Elastic Beanstalk as a target: a version of the application, deployed and waited for.

The version's bundle is the commit with the rendered values and a probe that answers nobody: the key that
wakes it is a variable of the environment for as long as a verification takes. So what was verified is what
stays, under the same label. Nothing here swaps CNAMEs, and nothing creates or terminates an environment.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets as randomness
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from portability.beanstalk import back, permitted, updating, versions
from portability.beanstalk.back import Before
from portability.beanstalk.calls import READY
from portability.beanstalk.events import Stream
from portability.beanstalk.pace import PACE, Pace
from portability.beanstalk.permitted import Place
from portability.beanstalk.updating import Change, Disappeared, NotBegun, Option
from portability.delivery import package, undoing
from portability.delivery.bundle import Bundle
from portability.delivery.guardian import FOLDER, Guardian
from portability.errors import PortabilityError, Refused, Unfinished, UsageError
from portability.settings.destination import Beanstalk
from portability.settings.replica import Target
from portability.system.aws import Failure
from portability.system.files import remove, write_atomic
from portability.targets.deployment import Deployment, Given, Served
from portability.values.rendering import RenderedFile

VARIABLES = "aws:elasticbeanstalk:application:environment"
"""The namespace of the settings that the application finds in its environment."""
SEAL = f"{FOLDER}/seal"
_MARGIN = 120.0


@dataclass(frozen=True, slots=True)
class Running:
    """A change of an environment that was done: what it was before, its events, and what is for now only.

    `variables` are those that the application finds, less those for now only.
    """

    place: Place
    was: Before
    stream: Stream
    passing: tuple[Option, ...]
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class ElasticBeanstalk:
    """The kind `elastic_beanstalk`, by the clock `pace`."""

    pace: Pace = PACE
    gives_variables: bool = True

    def deploy(
        self,
        target: Target,
        bundle: Bundle,
        files: Sequence[RenderedFile],
        extra: Mapping[str, bytes],
        guardian: Guardian,
        given: Given,
    ) -> Deployment:
        """See the door. Whatever fails, the error says what the environment runs then."""
        place = permitted.permitted(target)
        permitted.ready(place)
        zipped = bundle.file.with_suffix(".zip")
        digest = package.write_zip(zipped, bundle, files, extra)
        label = versions.label_of(bundle.commit, digest)
        return self._deploy(place, target, (label, zipped, digest), guardian, given)

    def deploy_zip(
        self, target: Target, zipped: Path, name: str, guardian: Guardian, given: Given
    ) -> Deployment:
        """Deploys a zip that is no release of the project, as a version whose label begins with `name`."""
        place = permitted.permitted(target)
        permitted.ready(place)
        digest = package.digest(zipped)
        return self._deploy(place, target, (f"{name}-{digest[:8]}", zipped, digest), guardian, given)

    def _deploy(
        self,
        place: Place,
        target: Target,
        packed: tuple[str, Path, str],
        guardian: Guardian,
        given: Given,
    ) -> Deployment:
        """Makes a version of a label, a zip and its digest, and lets the environment run it."""
        label, zipped, digest = packed
        given.tell(f"{place.where} runs {place.state}")
        reused = versions.ensure(place, label, zipped, digest, _paced(self.pace, target), given.tell)
        options = {
            (space, name): value
            for space, held in _settings(target).options.items()
            for name, value in held.items()
        }
        change = Change(label, options | _variables({**target.given, **given.variables}))
        made, steps = self._change(place, target, change, tuple(_variables(given.variables)), guardian, given)
        found = Deployment(target, label, _current(target), place.state.label, (), tuple(steps), reused)
        return replace(found, handle=made, here=_current(target).is_dir(), variables=made.variables)

    def attach(
        self, target: Target, extra: Mapping[str, bytes], guardian: Guardian, given: Given
    ) -> Deployment:
        """See the door. The probe is in the version already; only its key is set, which restarts PHP."""
        place = permitted.permitted(target)
        permitted.ready(place)
        if not place.state.label:
            raise UsageError("nothing is deployed here yet", place.where, "run it without --no-deploy")
        given.tell("nothing is deployed; the probe's key is set for now, which restarts PHP")
        passing = _variables(given.variables)
        change = Change(place.state.label, passing)
        made, steps = self._change(place, target, change, tuple(passing), guardian, given)
        found = Deployment(target, place.state.label, _current(target), place.state.label, tuple(steps))
        return replace(
            found, reused=True, handle=made, here=_current(target).is_dir(), variables=made.variables
        )

    def restore(self, deployment: Deployment, guardian: Guardian) -> tuple[str, ...]:
        """See the door."""
        running, steps = _running(deployment), list(deployment.steps or deployment.extra)
        try:
            told = back.give_back(running.was, _paced(self.pace, deployment.target), running.stream.tell)
        except PortabilityError as error:
            _withdraw(guardian, steps)
            message = f"the environment is not as it was: {_with_way(error, running.was)}"
            raise Unfinished(message, error.where, error.hint) from None
        _withdraw(guardian, steps)
        return (told,)

    def settle(self, deployment: Deployment, guardian: Guardian) -> tuple[str, ...]:
        """See the door. Unfinished, and then it is taken back, where it has failed in the meantime."""
        running = _running(deployment)
        try:
            state = running.place.caller.identified(running.was.identifier)
            running.stream.read()
        except Failure as failure:
            message = "whether the deploy is still well can't be read"
            raise permitted.untold(failure, message, running.place.where) from None
        if running.stream.failures:
            raise Unfinished(f"it failed after all: {running.stream.failures[0]}", running.place.where)
        if state is None or state.label != deployment.label or state.status != READY:
            words = f"the environment was changed in the meantime: it runs {state or 'nothing'}"
            raise Unfinished(words, running.place.where)
        if running.passing:
            change = Change(deployment.label, {}, running.passing)
            tell = running.stream.tell
            pace = _paced(self.pace, deployment.target)
            begun = updating.begin(running.place, change, pace)
            updating.follow(running.place, change, begun, deployment.target.seconds, pace, tell)
        _withdraw(guardian, list(deployment.steps or deployment.extra))
        return ()

    def seal(self, target: Target) -> Served:
        """See the door."""
        write_atomic(Path(target.folder) / SEAL, randomness.token_bytes(32), 0o600)
        return self.served(target)

    def unseal(self, target: Target) -> None:
        """See the door."""
        remove(Path(target.folder) / SEAL)

    def served(self, target: Target) -> Served:
        """See the door. Sealed are the label, the digest of its bundle, and every setting that it has."""
        place = permitted.permitted(target)
        permitted.ready(place, "so what it serves can't be told yet")
        try:
            key = (Path(target.folder) / SEAL).read_bytes()
        except OSError:
            return Served(place.state.label)
        try:
            options = place.caller.options(place.application, place.environment)
            version = place.caller.version(place.application, place.state.label) or {}
            source = version.get("SourceBundle") or {}
            digest = versions.bundle_digest(place, source) if source.get("S3Bucket") else ""
        except Failure as failure:
            raise permitted.untold(failure, "what is served can't be read", place.where) from None
        if not digest:
            return Served(place.state.label)
        held = [[*option, value] for option, value in sorted(options.items())]
        text = json.dumps([place.state.arn, place.state.label, digest, held]).encode("ascii")
        return Served(place.state.label, hmac.new(key, text, hashlib.sha256).hexdigest())

    def _change(
        self,
        place: Place,
        target: Target,
        change: Change,
        passing: tuple[Option, ...],
        guardian: Guardian,
        given: Given,
    ) -> tuple[Running, list[int]]:
        """Does a change, taken back if it fails; and the guardian's steps, which would take it back too."""
        try:
            held = place.caller.options(place.application, place.environment)
        except Failure as failure:
            message = "the environment's settings can't be read; nothing was switched"
            raise permitted.untold(failure, message, place.where) from None
        was = back.before(place, change, held, target.seconds, _settings(target).poll)
        steps = _watched(guardian, place, was)
        try:
            pace = _paced(self.pace, target)
            begun = updating.begin(place, change, pace)
            stream = updating.follow(place, change, begun, target.seconds, pace, given.tell)
        except NotBegun as error:
            _withdraw(guardian, steps)
            raise Unfinished(
                f"{error.message}; {place.state.label} is still served", error.where, error.hint
            ) from None
        except PortabilityError as error:
            raise self._taken_back(error, was, target, guardian, steps, given) from None
        return Running(place, was, stream, passing, _given(held, change, passing)), steps

    def _taken_back(
        self,
        error: PortabilityError,
        was: Before,
        target: Target,
        guardian: Guardian,
        steps: list[int],
        given: Given,
    ) -> PortabilityError:
        """The error of a deploy, with what became of the version before."""
        if isinstance(error, Disappeared):
            _withdraw(guardian, steps)
            return Unfinished(f"{error.message}; there is nothing to take back", error.where, error.hint)
        try:
            told = back.give_back(was, _paced(self.pace, target), given.tell)
        except PortabilityError as second:
            told = f"and it could not be taken back: {_with_way(second, was)}"
        _withdraw(guardian, steps)
        return Unfinished(f"{error.message}; {told}", error.where, error.hint)


def _with_way(error: PortabilityError, was: Before) -> str:
    """Why it is not as it was, and what it was and was to be, where the reason doesn't tell what it is."""
    return error.message if isinstance(error, Refused) else f"{error.message} ({was.way})"


def _paced(pace: Pace, target: Target) -> Pace:
    return replace(pace, poll=_settings(target).poll)


def _settings(target: Target) -> Beanstalk:
    assert target.beanstalk is not None
    return target.beanstalk


def _running(deployment: Deployment) -> Running:
    assert isinstance(deployment.handle, Running)
    return deployment.handle


def _variables(given: Mapping[str, str]) -> dict[Option, str]:
    return {(VARIABLES, name): value for name, value in given.items()}


def _given(held: Mapping[Option, str], change: Change, passing: Sequence[Option]) -> dict[str, str]:
    """What the application finds in its environment after a change."""
    after = {**held, **change.put}
    gone = {*passing, *change.drop}
    return {option[1]: after[option] for option in after if option[0] == VARIABLES and option not in gone}


def _current(target: Target) -> Path:
    """Where the release stands on an instance; this machine may be one, as in a lab."""
    return Path(_settings(target).current)


def _watched(guardian: Guardian, place: Place, was: Before) -> list[int]:
    """Lets the guardian take the change back if this run ends before it can: a file that says how, first."""
    file = guardian.keep("beanstalk.json", was.to_json())
    words = undoing.ours("portability.beanstalk.back", str(file.path))
    shown = f"deploy {was.label} to {place.where} again"
    seconds = 3 * was.seconds + _MARGIN
    run = undoing.Run(words, str(guardian.folder), seconds, True, shown)
    return [file.number, *guardian.add(run)]


def _withdraw(guardian: Guardian, steps: list[int]) -> None:
    """What was to be taken back is done or not to be done; the file of it goes."""
    guardian.withdraw(steps[1:])
    guardian.undo(steps[:1])
