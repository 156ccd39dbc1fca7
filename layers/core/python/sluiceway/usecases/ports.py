"""What the use cases need from outside, each with a real alternate for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, Protocol, TypeAlias

from sluiceway.domain.artifacts import MEDIA_TYPE, StoredObject
from sluiceway.domain.device_deployment import DeviceDeployment
from sluiceway.domain.direct_upload import DirectUpload, Part
from sluiceway.domain.errors import Violation

if TYPE_CHECKING:
    from sluiceway.domain.config_instance import Case
    from sluiceway.domain.config_schema import SchemaFormat
    from sluiceway.domain.event import Event
    from sluiceway.domain.gates import Signal, SignalState

Claims: TypeAlias = Mapping[str, str | int | bool]


class Audience(NamedTuple):
    """Whom a token is for, and in whose name it is given: a token for one audience is refused by every other."""

    issuer: str
    name: str


class Tokens(Protocol):
    """Signed, expiring statements: user tokens, device tokens and download links."""

    def sign(self, claims: Claims, *, audience: Audience, issued: datetime, expires: datetime) -> str:
        """Make a compact JWT; `iss`, `aud`, `iat` and `exp` are added."""
        ...

    def verify(self, token: str, *, audience: Audience, now: datetime) -> Claims:
        """Return the claims of a token of ours for this audience. Raises Unauthenticated for anything else."""
        ...


class ObjectStore(Protocol):
    """The private bucket. Keys are made in `artifacts.object_keys`."""

    def put(self, key: str, body: BinaryIO, *, content_type: str) -> StoredObject:
        """Store bytes under a key; the same key again makes a new version."""
        ...

    def get(self, key: str) -> bytes:
        """Read a small object whole. Raises NotFound."""
        ...

    def exists(self, stored: StoredObject) -> bool:
        """Tell whether this version is still there."""
        ...

    def find(self, key: str) -> StoredObject:
        """Look up the newest version under a key. Raises NotFound."""
        ...

    def open(self, stored: StoredObject) -> BinaryIO:
        """Begin to read a version of any size; only `read(n)` may be used, and it gives at most n bytes."""
        ...

    def copy(self, source: StoredObject, key: str, *, content_type: str) -> StoredObject:
        """Copy a version of any size to another key within the store."""
        ...

    def delete(self, stored: StoredObject) -> None:
        """Remove this version for good; removing it again succeeds."""
        ...

    def link(
        self, stored: StoredObject, *, filename: str, seconds: int, now: datetime, content_type: str = MEDIA_TYPE
    ) -> str:
        """Presign a GET of an artifact; its key is made of its content, so every version has the same bytes."""
        ...

    def upload_link(self, key: str, *, seconds: int, now: datetime) -> str:
        """Presign a PUT of a whole object, of whatever content type."""
        ...

    def begin_parts(self, key: str) -> str:
        """Begin an upload in parts, and return the store's name for it."""
        ...

    def part_link(self, key: str, parts_id: str, part: Part, *, seconds: int, now: datetime) -> str:
        """Presign a PUT of one part, of exactly its size."""
        ...

    def parts(self, key: str, parts_id: str) -> Sequence[Part]:
        """Return the parts that have arrived, by their numbers. Raises NotFound."""
        ...

    def join_parts(self, key: str, parts_id: str) -> StoredObject:
        """Make one object of all parts that have arrived; joining them again finds it. Raises NotFound."""
        ...

    def drop_parts(self, key: str, parts_id: str) -> None:
        """Remove the parts that have arrived; removing them again succeeds."""
        ...


class Schemas(Protocol):
    """Evaluates JSON Schemas, draft 2020-12, within bounds. Fetches nothing."""

    def canonical(self, schema: str, format_: SchemaFormat) -> str:
        """Return a schema in canonical JSON. Raises Invalid with what is wrong with a text that is none."""
        ...

    def violations(self, cases: Sequence[Case]) -> Sequence[tuple[Violation, ...]]:
        """Return what is wrong with each content, nothing where it matches. Raises Invalid when that takes too long."""
        ...


class Verifications(Protocol):
    """Starts the execution that verifies a direct upload."""

    def start(self, upload: DirectUpload) -> None:
        """Start it; the same attempt again is a no-op, a start that fails is made good by the tick."""
        ...


class Deliveries(Protocol):
    """Starts the execution that delivers an event."""

    def start(self, event: Event) -> None:
        """Start it; the same generation again is a no-op, a start that fails is made good by the tick."""
        ...


class WebhookSender(Protocol):
    """Posts events to the addresses of endpoints."""

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> str:
        """Post a body of JSON; return why it was not taken, nothing when it was."""
        ...


class EventBus(Protocol):
    """Where the owner's account hears of events."""

    def put(self, event: Event) -> str:
        """Put an event there; return why it was not taken, nothing when it was."""
        ...


class Signals(Protocol):
    """Asks what gates depend on outside."""

    def read(self, signal: Signal) -> SignalState:
        """Ask it once, in bounded time; whatever goes wrong is no answer."""
        ...


class Rollouts(Protocol):
    """Starts and wakes the execution that controls a deployment."""

    def start(self, workspace: str, deployment_id: str, generation: int) -> None:
        """Start it; the same generation again is a no-op, a start that fails is made good by the tick."""
        ...

    def wake(self, token: str) -> bool:
        """End its wait, and tell whether it waited by this token; a wake that fails costs time only."""
        ...


class Retries(Protocol):
    """Starts the small execution that waits for a retry and announces it."""

    def start(self, workspace: str, retry: DeviceDeployment) -> None:
        """Start it; starting the same attempt again is a no-op, a start that fails loses a wake-up and nothing else."""
        ...
