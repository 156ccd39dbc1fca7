"""What a route table is made of. Standard library only: infra, the local gateway and the tests read it too."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

MEBIBYTE = 1_048_576
DEFAULT = "$default"
"""Path and key of the route that takes what no other does; its method is `ANY`."""


class Caller(Enum):
    """Who may call a route, and therefore whose credentials are checked before anything else."""

    ANYONE = auto()
    USER = auto()
    DEVICE = auto()
    PROGRAM = auto()
    """Shows an API key."""


class Body(Enum):
    """What a route takes as its request body."""

    NONE = auto()
    """Ignored when present."""
    JSON = auto()
    """JSON, of a size and with a content type that the surface's `check_body` lets pass."""
    RAW = auto()
    """Whatever the handler makes of it, up to what the platform lets through."""


class Access(Enum):
    """What a function may do in AWS; infra grants exactly this and nothing else."""

    TABLE_READ = auto()
    INDEX_READ = auto()
    TABLE_WRITE = auto()
    NOTE_USE = auto()
    """Writing down when a token or an API key was last used; TABLE_WRITE allows it too."""
    BUCKET_LIST = auto()
    """Tells that an object is missing: without it S3 answers 403, not 404, whatever else is granted."""
    ARTIFACTS_READ = auto()
    ARTIFACTS_WRITE = auto()
    ARTIFACTS_DELETE = auto()
    CONFIGS_READ = auto()
    """Schemas and contents of configurations that are too long for the table."""
    CONFIGS_WRITE = auto()
    WORKFLOWS_READ = auto()
    """Contents of workflows, and the bundles that devices download."""
    WORKFLOWS_WRITE = auto()
    LOGS_READ = auto()
    LOGS_WRITE = auto()
    INCOMING_READ = auto()
    """What direct uploads have brought so far, and their parts."""
    INCOMING_WRITE = auto()
    """Also by whom a link of ours is given to."""
    INCOMING_DELETE = auto()
    SIGNING_KEY = auto()
    START_RETRY = auto()
    START_ROLLOUT = auto()
    WAKE_ROLLOUT = auto()
    """Ending the wait of an execution, so that it takes up at once what an operator asked."""
    START_VERIFICATION = auto()
    START_DELIVERY = auto()
    PUT_EVENTS = auto()
    READ_ALARMS = auto()
    """The states of the CloudWatch alarms of the account."""


@dataclass(frozen=True, slots=True)
class Size:
    """Memory in MB (CPU comes in proportion) and the time-out in seconds."""

    memory: int
    timeout: int


SMALL = Size(memory=512, timeout=10)
LARGE = Size(memory=1769, timeout=29)
"""One whole processor, for work that hashes or unpacks; the time-out stays below API Gateway's 30 s."""


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint: where it listens, the module that answers, who may call it and what it may touch.

    `path` is in API Gateway's form (`/a/{id}`); `module` is relative to the surface's folder
    (`deployments.create_deployment`). `aliases` are further paths of the same endpoint, with the same parameters;
    logs and metrics know it by `path`.
    """

    method: str
    path: str
    module: str
    caller: Caller
    access: frozenset[Access] = frozenset()
    body: Body = Body.NONE
    size: Size = SMALL
    aliases: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    """What the API key must be allowed, whatever is asked; the body may ask for what needs more."""

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path that it listens on."""
        return (self.path, *self.aliases)

    @property
    def key(self) -> str:
        """API Gateway's route key for `path`."""
        return self.key_at(self.path)

    def key_at(self, path: str) -> str:
        """API Gateway's route key for one of the paths."""
        return path if path == DEFAULT else f"{self.method} {path}"


@dataclass(frozen=True, slots=True)
class Task:
    """One function without a path: what invokes it, and what it may touch. `module` is relative to `workflow`."""

    module: str
    trigger: Trigger
    access: frozenset[Access] = frozenset()
    size: Size = SMALL


class Trigger(Enum):
    """What invokes a task."""

    OPERATOR = auto()
    """Only IAM principals with the right to invoke it."""
    STATE_MACHINE = auto()
    EVERY_MINUTE = auto()
