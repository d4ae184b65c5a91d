"""Elastic Beanstalk's operations: checked parameters in, the answer's content out; the state changes with it.

Words of errors and events are the service's own, as far as its documentation and its command line, which
looks for some of them, tell them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from examples.beanstalk import moving
from examples.beanstalk.protocol import ServiceError
from examples.beanstalk.state import Environment, Event, State, Update, Version

PLATFORM = "arn:aws:elasticbeanstalk:eu-west-1::platform/PHP 8.2 running on 64bit Amazon Linux 2023/4.3.1"
STACK = "64bit Amazon Linux 2023 v4.3.1 running PHP 8.2"
KNOWN = (
    "aws:elasticbeanstalk:application:environment",
    "aws:elasticbeanstalk:command",
    "aws:elasticbeanstalk:container:php:phpini",
    "aws:elasticbeanstalk:environment:proxy",
    "aws:autoscaling:asg",
)
"""The namespaces that options may have here; those of the service are many more."""

ABORTING = 20.0
"""Seconds until a deploy that is told to stop has been taken back."""

Parameters = Mapping[str, Any]
Answer = dict[str, Any]


class Service:
    """One account's Elastic Beanstalk in one region.

    `stored` says whether an object lies in the storage location: the bucket and the key in, its bytes or
    None out. `deployer` is given an environment when a version of it begins to run, with the bundle.
    """

    def __init__(
        self,
        state: State,
        stored: Callable[[str, str], bytes | None],
        deployer: Callable[[Environment, bytes], str] | None = None,
    ) -> None:
        self.state = state
        self.stored = stored
        self.deployer = deployer
        self.operations: dict[str, Callable[[Parameters, str], Answer]] = {
            "AbortEnvironmentUpdate": self.abort,
            "CreateApplicationVersion": self.create_version,
            "CreateStorageLocation": self.create_storage,
            "DescribeApplicationVersions": self.versions,
            "DescribeApplications": self.applications,
            "DescribeConfigurationSettings": self.settings,
            "DescribeEnvironmentHealth": self.health,
            "DescribeEnvironmentResources": self.resources,
            "DescribeEnvironments": self.environments,
            "DescribeEvents": self.events,
            "DescribePlatformVersion": self.platform,
            "ListPlatformBranches": self.branches,
            "ListPlatformVersions": self.platforms,
            "ListTagsForResource": self.tags,
            "UpdateEnvironment": self.update,
        }

    def answer(self, action: str, parameters: Parameters, request: str) -> Answer:
        """Do what is asked for now; ServiceError where the service refuses it."""
        moving.move(self.state, self._deploy)
        if action not in self.operations:
            raise ServiceError("InvalidAction", f"this fake does not know {action}")
        return self.operations[action](parameters, request)

    def _deploy(self, environment: Environment) -> str:
        """Let the deployer, if there is one, run the version; return why that failed, or ''."""
        if self.deployer is None:
            return ""
        version = self.state.versions[environment.application, environment.label]
        bundle = self.stored(version.bucket, version.key)
        return "no source bundle" if bundle is None else self.deployer(environment, bundle)

    def create_storage(self, given: Parameters, request: str) -> Answer:
        """Return the account's bucket for bundles."""
        return {"S3Bucket": self.state.bucket}

    def create_version(self, given: Parameters, request: str) -> Answer:
        """Register a bundle under a label that is free."""
        application, label = given["ApplicationName"], given["VersionLabel"]
        if application not in self.state.applications:
            raise _wrong(f"No Application named '{application}' found.")
        if (application, label) in self.state.versions:
            raise _wrong(f"Application Version {label} already exists.")
        place = given.get("SourceBundle", {})
        bucket, key = place.get("S3Bucket", ""), place.get("S3Key", "")
        if self.stored(bucket, key) is None:
            where = f"(Bucket: {bucket} Key: {key})"
            words = f"Unable to download from S3 location {where}. Reason: Not Found"
            raise ServiceError("InvalidParameterCombination", words)
        now = self.state.clock()
        seconds, ends = self.state.processing
        status = "PROCESSING" if given.get("Process") else "UNPROCESSED"
        made = Version(application, label, bucket, key, now, status, now + seconds, ends)
        made.description = given.get("Description", "")
        self.state.versions[application, label] = made
        event = Event(now, now, "INFO", f"Created new Application Version: {label}", application)
        self.state.events.append(event)
        return {"ApplicationVersion": self._version(made)}

    def versions(self, given: Parameters, request: str) -> Answer:
        """List versions, all or by their labels."""
        labels = given.get("VersionLabels")
        application = given.get("ApplicationName")
        found = [
            self._version(one)
            for one in self.state.versions.values()
            if application in (None, one.application) and (not labels or one.label in labels)
        ]
        return {"ApplicationVersions": found}

    def _version(self, one: Version) -> Answer:
        place = f"arn:aws:elasticbeanstalk:{self.state.region}:{self.state.account}"
        return {
            "ApplicationVersionArn": f"{place}:applicationversion/{one.application}/{one.label}",
            "ApplicationName": one.application,
            "Description": one.description,
            "VersionLabel": one.label,
            "SourceBundle": {"S3Bucket": one.bucket, "S3Key": one.key},
            "DateCreated": one.created,
            "DateUpdated": one.created,
            "Status": one.status,
        }

    def applications(self, given: Parameters, request: str) -> Answer:
        """List applications with their versions."""
        wanted = given.get("ApplicationNames")
        found = [
            {
                "ApplicationName": name,
                "Versions": [label for held, label in self.state.versions if held == name],
            }
            for name in sorted(self.state.applications)
            if not wanted or name in wanted
        ]
        return {"Applications": found}

    def environments(self, given: Parameters, request: str) -> Answer:
        """List environments; terminated ones only where that is asked for."""
        names, numbers = given.get("EnvironmentNames"), given.get("EnvironmentIds")
        application = given.get("ApplicationName")
        found = []
        for one in self.state.environments.values():
            fits = application in (None, one.application) and (not names or one.name in names)
            fits = fits and (not numbers or one.identifier in numbers)
            if fits and (one.status != "Terminated" or given.get("IncludeDeleted")):
                if one.status == "Ready" and one.healths:
                    one.health = one.healths.pop(0)
                found.append(self._environment(one))
        return {"Environments": found}

    def _environment(self, one: Environment) -> Answer:
        words = {"Green": "Ok", "Yellow": "Warning", "Red": "Severe", "Grey": "Unknown"}
        return {
            "EnvironmentName": one.name,
            "EnvironmentId": one.identifier,
            "ApplicationName": one.application,
            "VersionLabel": one.label,
            "SolutionStackName": STACK,
            "PlatformArn": PLATFORM,
            "EndpointURL": f"awseb-fake.{one.region}.elb.amazonaws.com",
            "CNAME": one.cname,
            "DateCreated": one.created,
            "DateUpdated": one.updated,
            "Status": one.status,
            "AbortableOperationInProgress": one.update is not None,
            "Health": one.health,
            "HealthStatus": "Info" if one.update else words[one.health],
            "Tier": {"Name": "WebServer", "Type": "Standard", "Version": "1.0"},
            "EnvironmentLinks": [],
            "EnvironmentArn": one.arn,
        }

    def _live(self, given: Parameters) -> Environment:
        name = given.get("EnvironmentName", "")
        number = given.get("EnvironmentId", "")
        for one in self.state.environments.values():
            if one.status != "Terminated" and (one.name == name or one.identifier == number):
                return one
        what = f"EnvironmentName = '{name}'" if name else f"EnvironmentId = '{number}'"
        raise _wrong(f"No Environment found for {what}.")

    def settings(self, given: Parameters, request: str) -> Answer:
        """Return every setting that an environment has now."""
        one = self._live(given)
        held = [
            {"Namespace": space, "OptionName": name, "Value": value}
            for (space, name), value in sorted(one.settings.items())
        ]
        place = {"ApplicationName": one.application, "EnvironmentName": one.name}
        found = {**place, "DeploymentStatus": "pending" if one.update else "deployed", "OptionSettings": held}
        return {"ConfigurationSettings": [found]}

    def update(self, given: Parameters, request: str) -> Answer:
        """Begin a deploy, or a change of settings; refused unless the environment is ready."""
        one, state = self._live(given), self.state
        label = given.get("VersionLabel", one.label)
        version = state.versions.get((one.application, label))
        if version is None:
            raise _wrong(f"No Application Version named '{label}' found.")
        if one.status != "Ready":
            words = f"Environment named {one.name} is in an invalid state for this operation. Must be Ready."
            raise _wrong(words)
        if version.status.upper() not in ("PROCESSED", "UNPROCESSED"):
            raise _wrong(f"Application version {label} has not been processed: it is {version.status}.")
        settings = dict(one.settings)
        for option in given.get("OptionsToRemove", ()):
            settings.pop((option["Namespace"], option["OptionName"]), None)
        for option in given.get("OptionSettings", ()):
            if option.get("Namespace") not in KNOWN:
                where = f"(Namespace: '{option.get('Namespace')}', OptionName: '{option.get('OptionName')}')"
                words = f"Configuration validation exception: Invalid option specification {where}"
                raise ServiceError(
                    "ConfigurationValidationException", f"{words}: Unknown configuration setting."
                )
            settings[option["Namespace"], option["OptionName"]] = option.get("Value", "")
        course = state.next_course()
        now = state.clock()
        before = one.health
        one.status, one.health, one.healths, one.updated = "Updating", "Grey", [], now
        one.update = Update(request, label, settings, now + course.seconds, course)
        if course.lag:
            one.status, one.health = "Ready", before
            one.update = replace(one.update, seen=now + course.lag)
            return self._environment(one)
        state.tell("INFO", "Environment update is starting.", one)
        state.tell("INFO", "Deploying new version to instance(s).", one)
        return self._environment(one)

    def abort(self, given: Parameters, request: str) -> Answer:
        """Let a deploy that is under way end with the version before."""
        one = self._live(given)
        if one.update is None:
            raise _wrong(f"Environment named {one.name} is in an invalid state for this operation.")
        one.status = "Aborting"
        if not one.update.course.deaf:
            course = replace(one.update.course, hangs=False, aborted=True)
            one.update = replace(one.update, ends=self.state.clock() + ABORTING, course=course)
        self.state.tell("INFO", "Environment update is aborting.", one)
        return {}

    def events(self, given: Parameters, request: str) -> Answer:
        """List events, the newest first."""
        now = self.state.clock()
        severities = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]
        least = severities.index(given.get("Severity", "TRACE"))
        name = given.get("EnvironmentName")
        if given.get("EnvironmentId"):
            name = self._named(given["EnvironmentId"])
        since = given["StartTime"].timestamp() if "StartTime" in given else 0.0
        until = given["EndTime"].timestamp() if "EndTime" in given else now + 1
        found = []
        for one in self.state.events:
            fits = one.seen <= now and since <= one.date < until
            fits = fits and severities.index(one.severity) >= least
            fits = fits and given.get("ApplicationName") in (None, one.application)
            fits = fits and given.get("RequestId") in (None, one.request)
            fits = fits and given.get("VersionLabel") in (None, one.label)
            if fits and name in (None, one.environment):
                found.append(one)
        newest = sorted(reversed(found), key=lambda one: one.date, reverse=True)
        begin = int(given.get("NextToken", "0"))
        most = given.get("MaxRecords", 100)
        answer: Answer = {"Events": [_event(one) for one in newest[begin : begin + most]]}
        if begin + most < len(newest):
            answer["NextToken"] = str(begin + most)
        return answer

    def _named(self, number: str) -> str:
        found = [one.name for one in self.state.environments.values() if one.identifier == number]
        return found[0] if found else ""

    def tags(self, given: Parameters, request: str) -> Answer:
        """Return the tags of an environment by its ARN."""
        for one in self.state.environments.values():
            if one.arn == given["ResourceArn"] and one.status != "Terminated":
                tags = [{"Key": key, "Value": value} for key, value in sorted(one.tags.items())]
                return {"ResourceArn": one.arn, "ResourceTags": tags}
        raise ServiceError("ResourceNotFoundException", "No such resource")

    def health(self, given: Parameters, request: str) -> Answer:
        """Return what enhanced health says in short."""
        one = self._live(given)
        return {"EnvironmentName": one.name, "Color": one.health, "Status": one.status, "Causes": []}

    def resources(self, given: Parameters, request: str) -> Answer:
        """Return one instance."""
        one = self._live(given)
        return {
            "EnvironmentResources": {
                "EnvironmentName": one.name,
                "Instances": [{"Id": "i-fake0000000000000"}],
            }
        }

    def platform(self, given: Parameters, request: str) -> Answer:
        """Return the one platform that there is."""
        about = {
            "PlatformArn": PLATFORM,
            "PlatformOwner": "AWSElasticBeanstalk",
            "PlatformStatus": "Ready",
            "PlatformVersion": "4.3.1",
            "PlatformBranchName": "PHP 8.2 running on 64bit Amazon Linux 2023",
            "PlatformBranchLifecycleState": "Supported",
            "PlatformLifecycleState": "Recommended",
        }
        return {"PlatformDescription": about}

    def branches(self, given: Parameters, request: str) -> Answer:
        """Return the branch of the one platform."""
        about = {
            "PlatformName": "PHP",
            "BranchName": "PHP 8.2 running on 64bit Amazon Linux 2023",
            "LifecycleState": "Supported",
            "BranchOrder": 1,
            "SupportedTierList": ["WebServer/Standard"],
        }
        return {"PlatformBranchSummaryList": [about]}

    def platforms(self, given: Parameters, request: str) -> Answer:
        """Return a list of the one platform."""
        about = {"PlatformArn": PLATFORM, "PlatformStatus": "Ready", "PlatformVersion": "4.3.1"}
        return {"PlatformSummaryList": [about]}


def _event(one: Event) -> Answer:
    found = {
        "EventDate": one.date,
        "Message": one.message,
        "ApplicationName": one.application,
        "Severity": one.severity,
    }
    more = {"VersionLabel": one.label, "EnvironmentName": one.environment, "RequestId": one.request}
    return found | {name: value for name, value in more.items() if value}


def _wrong(message: str) -> ServiceError:
    return ServiceError("InvalidParameterValue", message)
