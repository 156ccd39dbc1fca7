"""Who is calling, proven against what is stored now: a revoked token is refused on its next call (mender contract 9.1).

A device's head lies next to its newest rows, so that one query proves who calls and finds the work that waits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sluiceway.domain.device import AuthStatus, Device
from sluiceway.domain.device_deployment import DeviceDeployment
from sluiceway.domain.errors import NotFound, Unauthenticated
from sluiceway.domain.times import is_use_to_note
from sluiceway.storage import keys
from sluiceway.storage.device_items import read_device
from sluiceway.storage.moments import from_milliseconds, to_milliseconds
from sluiceway.storage.row_items import read_row
from sluiceway.storage.table import Item, Page, Present, Query, Record, Update
from sluiceway.usecases.credentials import DeviceCredentials, UserCredentials
from sluiceway.usecases.notes import write_note
from sluiceway.usecases.ports import Claims
from sluiceway.usecases.service import Service

ROWS_OF_SESSION = 5


@dataclass(frozen=True, slots=True)
class UserSession:
    """A user, by a token that is good now."""

    workspace: str
    user_id: str
    token_id: str
    is_use_to_note: bool = False
    """Whether the use of the token on record is older than a day."""


@dataclass(frozen=True, slots=True)
class DeviceSession:
    """An accepted device with its newest rows, newest first: at most ROWS_OF_SESSION of them."""

    credentials: DeviceCredentials
    device: Device
    rows: tuple[DeviceDeployment, ...]
    board: tuple[Record, ...] = ()
    """The active deployments without a fixed list, oldest first; empty unless the session was opened with them."""
    has_board: bool = False
    is_second_look: bool = False
    """Whether it was read again after a write of this call lost a race."""


def open_user_session(service: Service, claims: Claims, now: datetime) -> UserSession:
    """Prove a user by the claims of a verified token. Raises Unauthenticated when it or the user is gone."""
    shown = UserCredentials.from_claims(claims)
    token_key = keys.token(shown.workspace, shown.token_id)
    user_key = keys.user(shown.workspace, shown.user_id)
    found = service.table.get_many([token_key, user_key])
    token, user = found.get(token_key, {}), found.get(user_key, {})
    is_theirs = token.get("uid") == shown.user_id and user.get("ep") == shown.epoch
    expires = token.get("exp", 0)
    if not is_theirs or not isinstance(expires, int) or expires <= to_milliseconds(now):
        raise Unauthenticated("unauthorized")
    return UserSession(shown.workspace, shown.user_id, shown.token_id, _is_use_to_note(token, now))


def _is_use_to_note(token: Item, now: datetime) -> bool:
    """Tell whether it is time; personal tokens alone have a name, and only their use is noted."""
    used = token.get("last_used")
    return "name" in token and is_use_to_note(from_milliseconds(used) if isinstance(used, int) else None, now)


def record_token_use(service: Service, session: UserSession, now: datetime) -> None:
    """Note when a personal token was last used, unless that is known to the day (mender contract 5.3)."""
    if session.is_use_to_note:
        token = keys.token(session.workspace, session.token_id)
        write_note(service, Update(token, set={"last_used": to_milliseconds(now)}, condition=Present()))


def open_device_session(service: Service, claims: Claims) -> DeviceSession:
    """Prove a device by the claims of a verified token. Raises Unauthenticated when it is not accepted any more."""
    shown = DeviceCredentials.from_claims(claims)
    return _session(shown, service.table.query(_device_query(shown)))


def open_device_session_with_board(service: Service, claims: Claims) -> DeviceSession:
    """Prove a device and read the board beside it, in the time of one query."""
    shown = DeviceCredentials.from_claims(claims)
    return _with_board(service, shown)


def view_of_device(service: Service, workspace: str, device_id: str) -> DeviceSession:
    """Return what the device's next call would find, whether it could make one. Raises NotFound."""
    shown = DeviceCredentials(workspace, device_id, "", 0)
    device_page, board_page = service.table.query_together(_device_query(shown), Query(keys.board(workspace)))
    if not device_page.records or device_page.records[0].key.sk != keys.DEVICE_HEAD:
        raise NotFound(f"device {device_id}")
    return _found(shown, device_page, board_page)


def fresh_views(service: Service, session: DeviceSession) -> Iterator[DeviceSession]:
    """Give the session, then what is stored each further time: for plans that lost a race.

    Raises Unauthenticated when the device was turned away in the meantime.
    """
    yield session
    while True:
        yield replace(_read_again(service, session), is_second_look=True)


def _read_again(service: Service, session: DeviceSession) -> DeviceSession:
    shown = session.credentials
    if session.has_board:
        return _with_board(service, shown)
    return _session(shown, service.table.query(_device_query(shown)))


def _with_board(service: Service, shown: DeviceCredentials) -> DeviceSession:
    device_page, board_page = service.table.query_together(_device_query(shown), Query(keys.board(shown.workspace)))
    return _session(shown, device_page, board_page)


def _device_query(shown: DeviceCredentials) -> Query:
    return Query(
        keys.device_partition(shown.workspace, shown.device_id),
        first=keys.FIRST_ROW,
        last=keys.DEVICE_HEAD,
        descending=True,
        limit=ROWS_OF_SESSION + 1,
    )


def _session(shown: DeviceCredentials, page: Page, board: Page | None = None) -> DeviceSession:
    if not page.records or page.records[0].key.sk != keys.DEVICE_HEAD:
        raise Unauthenticated("dev auth: unauthorized")
    session = _found(shown, page, board)
    device = session.device
    is_good = device.status is AuthStatus.ACCEPTED and device.accepted == shown.auth_set_id
    if not is_good or device.epoch != shown.epoch:
        raise Unauthenticated("dev auth: unauthorized")
    return session


def _found(shown: DeviceCredentials, page: Page, board: Page | None) -> DeviceSession:
    head, *rows = page.records
    return DeviceSession(
        shown,
        read_device(shown.workspace, head.item),
        tuple(read_row(shown.workspace, record) for record in rows),
        board=() if board is None else board.records,
        has_board=board is not None,
    )
