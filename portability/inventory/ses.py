"""SES in one region: the domains and addresses that mail may be sent from."""

from __future__ import annotations

from collections.abc import Iterator

from portability.inventory.resource import Form, Name, Resource
from portability.system.aws import Session

ACTIONS = ("ListEmailIdentities",)


def read(session: Session) -> Iterator[Resource]:
    """Every identity. All accounts share the hosts by which mail is sent: these are nobody's name."""
    for one in session.pages("sesv2", "list_email_identities", "EmailIdentities"):
        name = one["IdentityName"]
        names = (Name("identity", name.lower(), Form.NAME),)
        yield Resource("AWS::SES::EmailIdentity", name, name, "", session.region, names, facts=one)
