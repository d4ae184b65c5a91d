"""What one template needs while it is made: names without an environment, parameters, what was left out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from portability.inventory.resource import Place, Resource
from portability.inventory.wording import Words, parts_of, squeezed
from portability.model import Skipped
from portability.system.aws import Session

Template = dict[str, Any]
_PARAMETERS: Mapping[str, Template] = {
    "Environment": {
        "Type": "String",
        "AllowedPattern": "[a-z][a-z0-9]{0,15}",
        "Description": "The environment that all names are made of.",
    },
    "VpcId": {"Type": "AWS::EC2::VPC::Id", "Description": "The replica's own network."},
    "SubnetIds": {
        "Type": "List<AWS::EC2::Subnet::Id>",
        "Description": "Subnets of that network, in two availability zones at least.",
    },
    "SecurityGroupIds": {
        "Type": "List<AWS::EC2::SecurityGroup::Id>",
        "Description": "What lets the replica's application in, and nothing out of the replica.",
    },
}


@dataclass(slots=True)
class Draft:
    """A template in the making. `asked` asks production for the settings that a listing does not tell.

    `pairs` maps the ids and ARNs of production's resources to the replica's that stand for them.
    """

    environment: str
    words: Words
    factor: float
    asked: Session
    members: Mapping[Place, tuple[Resource, ...]] = field(default_factory=dict)
    pairs: Mapping[str, str] = field(default_factory=dict)
    resources: dict[str, Template] = field(default_factory=dict)
    parameters: dict[str, Template] = field(default_factory=dict)
    made: dict[str, str] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)

    def session(self, resource: Resource) -> Session:
        """Production's account, asked in the resource's region."""
        return self.asked.at(resource.region) if resource.region else self.asked

    def parameter(self, name: str) -> Template:
        """A reference to a parameter of the template, which has it from now on."""
        self.parameters[name] = dict(_PARAMETERS[name])
        return {"Ref": name}

    def name(self, title: str, most: int = 63) -> Template:
        """A name for the replica's: the word for production replaced by the environment's, or put behind."""
        self.parameter("Environment")
        stem, dot, ending = title.partition(".fifo")
        text = _placed(stem, self.words)
        if len(text.replace("${Environment}", "e" * 16)) + len(dot) > most:
            bare = text.replace("${Environment}", "").strip("-_")
            text = f"{bare[: most - 17 - len(dot)]}-${{Environment}}"
        return {"Fn::Sub": text + dot + ending}

    def add(self, title: str, kind: str, type_: str, properties: Template, last: bool = False) -> str:
        """Puts a resource into the template, without what is empty; its logical id."""
        logical = self.logical(title, kind)
        found: Template = {"Type": type_}
        if last:
            found |= {"DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"}
        found["Properties"] = {
            key: value for key, value in properties.items() if value not in (None, "", [], {})
        }
        self.resources[logical] = found
        return logical

    def logical(self, title: str, kind: str) -> str:
        """A logical id that is not taken yet."""
        base = "".join(part.title() for part in squeezed(title, self.words) or parts_of(title)) + kind
        found = base = re.sub(r"[^A-Za-z0-9]", "", base)[:200] or kind
        number = 2
        while found in self.resources:
            found, number = f"{base}{number}", number + 1
        return found

    def once(self, key: str, make: Callable[[], str]) -> str:
        """The logical id of what is made once and shared, such as a subnet group."""
        if key not in self.made:
            self.made[key] = make()
        return self.made[key]

    def password(self, title: str) -> str:
        """The logical id of a secret with a new password."""
        properties = {
            "Description": f"A password made for the replica: {' '.join(squeezed(title, self.words))}",
            "GenerateSecretString": {"PasswordLength": 32, "ExcludePunctuation": True},
        }
        return self.add(title, "Password", "AWS::SecretsManager::Secret", properties, last=True)

    def left_out(self, resource: Resource, reason: str) -> None:
        """Says that a resource, or a part of it, is for people to make."""
        self.skipped.append(Skipped(resource.label, reason))


def _placed(title: str, words: Words) -> str:
    """The title with the environment's place in it; account and region become those of the replica."""
    text, seen = title, False
    for word in words:
        pattern = re.compile(
            r"(?<![A-Za-z0-9$])" + r"[-_.]?".join(map(re.escape, word)) + r"(?![A-Za-z0-9}])", re.IGNORECASE
        )
        if len(word) == 1 and re.fullmatch(r"\d{12}", word[0]):
            text = pattern.sub("${AWS::AccountId}", text)
        elif len(word) >= 3 and word[-1].isdigit():
            text = pattern.sub("${AWS::Region}", text)
        elif not seen:
            text, count = pattern.subn("${Environment}", text, count=1)
            seen = bool(count)
    return text if seen else f"{text}-${{Environment}}"
