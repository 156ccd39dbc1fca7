"""Everything the service refuses, by meaning. Each surface words them in one place, its `_errors.py`.

SluicewayError
├── Refused                       turned down by a rule; nothing was changed
│   ├── Invalid                   the input itself breaks a rule
│   │   ├── InvalidMembers        members of a body, or parameters, break rules
│   │   │   └── InvalidPlan       a plan cannot be kept
│   │   ├── InvalidArtifact       the file is not an artifact we accept
│   │   ├── InvalidField          a field of a body breaks a rule
│   │   ├── InvalidReference      a body names something that does not exist
│   │   ├── InstancesMismatch     a deployment has not exactly one instance for each schema of its release
│   │   ├── NotTransferable       a deployment is to take instances over from one that is archived
│   │   ├── UnfitReferences       a body names things that are not of the kind it is for
│   │   └── ContentRejected       the content of a config instance is at odds with its schema
│   ├── TooLarge                  more bytes than the limit
│   ├── UnsupportedMediaType      a body of a type the route does not take
│   ├── Unauthenticated           who is calling is not proven
│   ├── TooManyAttempts           credentials were wrong too often, or shown too often at once
│   ├── Forbidden                 the caller is known and may not
│   │   └── MissingScopes         the API key lacks scopes
│   ├── NotFound                  absent, or another workspace's
│   │   ├── NoSuchDeployment      the device takes no part in such a deployment
│   │   ├── NoSuchName            no artifact has the name of the release
│   │   ├── NoSuchRecord          nothing of this kind has the id
│   │   ├── MissingReferences     a body names things that are absent
│   │   ├── NoSuchPath            no call has the path
│   │   └── MethodNotAllowed      the path exists, with other methods
│   ├── Conflict                  at odds with what is stored
│   │   ├── DuplicateArtifact
│   │   ├── ArtifactIdTaken
│   │   ├── ArtifactInUse
│   │   ├── ReleasesInUse
│   │   ├── TooManyTags
│   │   ├── DuplicateDeployment
│   │   ├── TooManyOpenTargets
│   │   ├── TooManyApiKeys
│   │   ├── TooManyWebhooks
│   │   ├── TooManySecrets
│   │   ├── RequestChanged
│   │   ├── IdempotencyMismatch
│   │   ├── DeviceNameTaken
│   │   ├── SlugTaken
│   │   ├── VersionTaken
│   │   ├── ReleaseIsCurrent
│   │   ├── ReleaseNotCurrent
│   │   ├── Outdone               a planned deployment comes late: the slot was given something newer
│   │   ├── WrongState            what a config deployment is rules out what was wanted of it
│   │   ├── DeploymentState       where the deployment stands rules out what was wanted of it
│   │   ├── DeploymentAborted
│   │   └── DeviceDecommissioned
│   ├── PreconditionFailed        the caller's copy of the thing is out of date
│   └── Unprocessable             well-formed, but the state rules it out
│       ├── ArtifactUsed
│       ├── ArtifactNotUnique
│       ├── NoSuchRelease
│       ├── DeviceLimitReached
│       └── DeploymentFinished
├── AnswerTooLarge                what was asked for does not fit into one answer
└── Unavailable                   nothing was changed; the same request may be sent again after `retry_after` seconds
    ├── Contended                 too many writers met on one item
    └── Overloaded                the store refused for want of capacity
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple


class SluicewayError(Exception):
    """Base of everything the service raises on purpose."""


class Refused(SluicewayError):
    """A rule turned the request down; nothing was changed."""


class Invalid(Refused):
    """The input breaks a rule; the text names the member and the rule and may be shown to the caller."""


class InvalidMembers(Invalid):
    """Members of the body, or parameters, break rules: `faults` pairs the name of each with what is wrong with it.

    The name is empty where it is the body itself.
    """

    def __init__(self, faults: Iterable[tuple[str, str]], *, before: str = "", after: str = "") -> None:
        self.faults = tuple(faults)
        told = "; ".join(f"{name}: {fault}" if name else fault for name, fault in self.faults)
        super().__init__(f"{before}{told}{after}")


class InvalidPlan(InvalidMembers):
    """A plan cannot be kept; the members are those of `domain.plan`, as in `plan.phases[1].gate.soak`."""


class InvalidArtifact(Invalid):
    """The uploaded file is not an artifact we accept; the text is the reader's reason (mender contract 11.8)."""


class InvalidField(Invalid):
    """The member `field` of a body breaks a rule; `problem` says which, without naming the member."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class InvalidReference(Invalid):
    """The member `field` of a body names something that does not exist in the workspace (miru contract 3.2)."""

    def __init__(self, field: str, identifier: str) -> None:
        super().__init__(f"{field}: there is nothing with the id {identifier}")
        self.field = field
        self.identifier = identifier


class Offender(NamedTuple):
    """One of several things that stand in the way: `name` is empty where there is none."""

    id: str
    name: str
    problem: str


class UnfitReferences(Invalid):
    """Things that a request names exist and are not of the kind it is for; `subject` says what they are."""

    def __init__(self, subject: str, offenders: Iterable[Offender]) -> None:
        self.subject, self.offenders = subject, tuple(offenders)
        super().__init__("; ".join(f"{subject} {each.id}: {each.problem}" for each in self.offenders))


class Violation(NamedTuple):
    """A place in content that is at odds with its schema: the names and indexes that lead there from the root."""

    path: tuple[str, ...]
    message: str


class ContentRejected(Invalid):
    """The content of a config instance is at odds with its schema; of many violations only the first are told."""

    def __init__(self, schema_id: str, violations: Iterable[Violation]) -> None:
        self.schema_id = schema_id
        self.violations = tuple(violations)
        told = "; ".join(f"/{'/'.join(violation.path)}: {violation.message}" for violation in self.violations)
        super().__init__(f"the content does not match the schema {schema_id}: {told}")


class InstancesMismatch(Invalid):
    """A deployment has not exactly one instance for each schema of its release; the members are ids of schemas."""

    def __init__(self, *, missing: Iterable[str], duplicate: Iterable[str], unexpected: Iterable[str]) -> None:
        self.missing, self.duplicate, self.unexpected = tuple(missing), tuple(duplicate), tuple(unexpected)
        super().__init__("a deployment has exactly one config instance for each config schema of its release")


class NotTransferable(Invalid):
    """A deployment is to take instances over from one that is archived."""

    def __init__(self, deployment_id: str) -> None:
        super().__init__(f"deployment {deployment_id} is archived: its config instances cannot be taken over")
        self.deployment_id = deployment_id


class TooLarge(Refused):
    """More bytes than the limit; the text names the limit or the way around it."""


class UnsupportedMediaType(Refused):
    """The body has a content type that the route does not take."""


class Unauthenticated(Refused):
    """The credentials are missing, malformed, expired, revoked or of the wrong kind."""


class TooManyAttempts(Refused):
    """Wrong too often, or shown too often at once: for `retry_after` seconds no credentials are looked at."""

    def __init__(self, reason: str, *, retry_after: int) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Forbidden(Refused):
    """The caller is known and lacks the right."""


class MissingScopes(Forbidden):
    """The API key lacks `missing` of the scopes that are `required`, both sorted; `or` is between two that do alike."""

    def __init__(self, required: Iterable[str], missing: Iterable[str]) -> None:
        self.required, self.missing = tuple(sorted(required)), tuple(sorted(missing))
        super().__init__(f"the API key lacks the scope {', '.join(self.missing)}")


class NotFound(Refused):
    """The thing does not exist, or belongs to another workspace: the two are never told apart."""


class NoSuchDeployment(NotFound):
    """The device takes no part in such a deployment (mender contract 9.5)."""


class NoSuchName(NotFound):
    """No artifact has the name of the release that was asked for."""


class MissingReferences(NotFound):
    """Things that a request names do not exist in the workspace; `subject` says what they would be."""

    def __init__(self, subject: str, offenders: Iterable[Offender]) -> None:
        self.subject, self.offenders = subject, tuple(offenders)
        super().__init__(f"{subject} {', '.join(each.id for each in self.offenders)}")


class NoSuchRecord(NotFound):
    """Nothing of this kind has the id; for configurations the kind is a word of miru contract 3.1."""

    def __init__(self, kind: str, identifier: str) -> None:
        super().__init__(f"no {kind} has the id {identifier}")
        self.kind = kind
        self.identifier = identifier


class NoSuchPath(NotFound):
    """No call has the path."""


class MethodNotAllowed(NotFound):
    """The path is served, with other methods."""

    def __init__(self, allowed: tuple[str, ...]) -> None:
        super().__init__(f"allowed: {', '.join(allowed)}")
        self.allowed = allowed


class Conflict(Refused):
    """The request is at odds with what is stored."""


class DuplicateArtifact(Conflict):
    """An artifact of the same name shares a combination of depends; `depends` is the first one shared."""

    def __init__(self, depends: Mapping[str, str]) -> None:
        super().__init__("an artifact with the same name and depends already exists")
        self.depends = depends


class ArtifactIdTaken(Conflict):
    """The caller chose an artifact id that is already used."""


class ArtifactInUse(Conflict):
    """An unfinished deployment can still assign the artifact."""


class ReleasesInUse(Conflict):
    """Unfinished deployments can still assign artifacts of the releases; `deployments` are their ids."""

    def __init__(self, deployments: Iterable[str]) -> None:
        self.deployments = tuple(deployments)
        super().__init__(f"unfinished deployments use the releases: {', '.join(self.deployments)}")


class TooManyTags(Conflict):
    """The workspace would have more distinct tags than it may."""


class DuplicateDeployment(Conflict):
    """The unfinished deployment `deployment_id` has the same definition."""

    def __init__(self, deployment_id: str) -> None:
        super().__init__(f"deployment {deployment_id} has the same definition and has not ended")
        self.deployment_id = deployment_id


class TooManyOpenTargets(Conflict):
    """The workspace has as many active deployments without a fixed list as one poll can look at."""


class TooManyApiKeys(Conflict):
    """The workspace has as many API keys as it may have."""


class TooManyWebhooks(Conflict):
    """The workspace has as many webhook endpoints as one event is sent to."""


class TooManySecrets(Conflict):
    """The webhook endpoint has as many secrets that are still good as one event is signed with."""


class RequestChanged(Conflict):
    """The device describes itself differently from its first poll for this deployment."""


class IdempotencyMismatch(Conflict):
    """A request has the idempotency key of an earlier one, and another body (miru contract 3.4)."""

    def __init__(self) -> None:
        super().__init__("a request with this idempotency key was sent before, with another body")


class DeviceNameTaken(Conflict):
    """Another device of the workspace has the name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"another device is called {name}")
        self.name = name


class DeviceAlreadyActivated(Conflict):
    """The device is in use, and what was shown does not allow another machine to take its place."""

    def __init__(self, device_id: str) -> None:
        super().__init__(f"the device {device_id} was activated already")
        self.device_id = device_id


class DeviceKeyTaken(Conflict):
    """Another device has the public key."""


class SlugTaken(Conflict):
    """Another config type has the slug."""

    def __init__(self, slug: str) -> None:
        super().__init__(f"another config type has the slug {slug}")
        self.slug = slug


class VersionTaken(Conflict):
    """Another config release has the version, with other schemas or of another commit."""

    def __init__(self, version: str) -> None:
        super().__init__(f"another release has the version {version}, with other schemas or of another commit")
        self.version = version


class ReleaseIsCurrent(Conflict):
    """Only a release that the device does not have can be staged; `release_id` is its current one."""

    def __init__(self, device_id: str, release_id: str) -> None:
        super().__init__(f"device {device_id} has the release {release_id} already")
        self.device_id, self.release_id = device_id, release_id


class ReleaseNotCurrent(Conflict):
    """Only the device's current release can be patched at once; `release_id` is another one."""

    def __init__(self, device_id: str, release_id: str) -> None:
        super().__init__(f"release {release_id} is not the current one of device {device_id}")
        self.device_id, self.release_id = device_id, release_id


class Outdone(Conflict):
    """A planned deployment was to give a slot its content, and since it was made the slot was given something newer."""


class WrongState(Conflict):
    """What a config deployment is rules out what was wanted of it; `obstacle` says what is in the way."""

    def __init__(self, deployment_id: str, obstacle: StrEnum) -> None:
        super().__init__(f"deployment {deployment_id}: {obstacle}")
        self.deployment_id = deployment_id
        self.obstacle = obstacle


class DeploymentState(Conflict):
    """Where the deployment stands rules out what was wanted of it: to pause one that is paused, say."""


class DeploymentAborted(Conflict):
    """The device deployment is aborted; the device must stop and roll back."""


class DeviceDecommissioned(Conflict):
    """The device was taken out of the deployment; it must stop and roll back."""


class PreconditionFailed(Refused):
    """The thing was changed since the caller read it (RFC 9110, If-Match)."""


class Unprocessable(Refused):
    """Well-formed, but the present state rules it out."""


class ArtifactUsed(Unprocessable):
    """A device was given the artifact, which therefore stays as it is."""


class ArtifactNotUnique(Unprocessable):
    """An artifact that was to be generated shares a combination of depends with one of the same name."""


class NoSuchRelease(Unprocessable):
    """No artifact has the name that the deployment asks for."""


class DeviceLimitReached(Unprocessable):
    """The workspace has as many accepted devices as it may have."""


class DeploymentFinished(Unprocessable):
    """The deployment is finished or aborted and cannot be changed."""


class AnswerTooLarge(SluicewayError):
    """The answer has more bytes than the platform lets through (mender contract 14.8)."""


class Unavailable(SluicewayError):
    """Nothing was changed; the same request may be sent again after `retry_after` seconds."""

    def __init__(self, reason: str, *, retry_after: int = 1) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Contended(Unavailable):
    """Too many writers met on one item for as long as we were willing to wait."""


class Overloaded(Unavailable):
    """The store refused for want of capacity."""
