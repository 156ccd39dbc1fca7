"""Pushing a deployment to devices that do not ask for it, as their phases open (design section 7).

Only the execution comes here: at each look it reads what became of what it pushed, and after it has decided about
phases it goes on pushing, by the rules that bound the offers of polls. A device's row is offered first, with its
counters; then the device is given its content, and the row notes what that is called. Whoever dies in between leaves a
row that is offered and has no such name: the next look gives the device the same again, which changes nothing if it was
given already. So an execution that is replaced after it has decided does no harm by pushing on beside the newer one:
rows and counters move on conditions, what an attempt gives a device it gives once, and not over what somebody chose
since.

An abort is one write, however many devices there are. What devices have not got by then the looks after it take back,
in the same way: first the device is given what it had before, then its row is stored as dealt with.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from functools import partial
from itertools import chain
from typing import NamedTuple

from sluiceway.domain.choices import PlannedChoice
from sluiceway.domain.counters import has_unapplied
from sluiceway.domain.deployment import Deployment
from sluiceway.domain.device_deployment import (
    ACTIVE,
    BROUGHT,
    Asked,
    DeviceDeployment,
    Event,
    Status,
    TakenBack,
    Withdrawn,
    decide,
    has_newer,
)
from sluiceway.domain.effective import effective
from sluiceway.domain.holds import Hold, Reason, standing_holds
from sluiceway.domain.slots import AssignedVersion, ConfigContent, SlotContent, is_same_slot
from sluiceway.domain.spread import position
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.paging import read_all
from sluiceway.storage.row_items import read_row, row_key
from sluiceway.storage.table import Query, Record, Write
from sluiceway.usecases.admission import find_place
from sluiceway.usecases.channels import NOTHING, Channel, Held, Pushed
from sluiceway.usecases.config_channel import ConfigChannel
from sluiceway.usecases.deployment_devices import target_ids
from sluiceway.usecases.deployments import Progress, find, heads_among, load_heads
from sluiceway.usecases.device_rows import all_rows
from sluiceway.usecases.row_changes import Change
from sluiceway.usecases.service import Service
from sluiceway.usecases.slot_turns import Heads, SlotTurn, read_slot_turn, slot_turn_among
from sluiceway.usecases.workflow_channel import WorkflowChannel

MOST_AT_ONCE = 2_000
"""Devices that one look gives something, so that it is through in time; the rest waits for the next."""
MOST_TOGETHER = 100
"""Devices that are offered something before any of them is given it: a pause holds from the next ones on."""
_TAKE_BACK_AGAIN_AFTER = timedelta(minutes=1)
"""What could not be taken back, since it waits for a verdict, say."""
_PUSHED = "pushed"
"""Stands where a device that asks leaves a digest of what it said of itself."""
_UNENDED = (*ACTIVE, Status.PENDING, Status.TIMED_OUT)
"""What a device may still end, late if need be."""
_NO_ROOM = frozenset({Reason.FULL, Reason.PACE_REACHED, Reason.IN_FLIGHT_REACHED})
"""Whom one of these holds at the first attempt, the next one would meet it as well."""


@dataclass(frozen=True, slots=True)
class _Push:
    """One look at a pushed deployment."""

    service: Service
    progress: Progress
    channel: Channel
    planned: PlannedChoice
    undone: Deployment | None
    """Of a roll back, what it rolls back."""
    now: datetime
    heads: Heads
    ahead: set[str] = field(default_factory=set)
    """Orders of the deployments that this look found to go first at some device."""

    def fresh_heads(self) -> Heads:
        """Return what reads every deployment again."""
        return Heads(self.service, self.workspace)

    @property
    def deployment(self) -> Deployment:
        return self.progress.deployment

    def channel_over(self, place: str) -> Channel:
        """Return what gives devices the same over a newer choice that came to nothing."""
        assert self.deployment.content is not None
        planned = replace(self.planned, over=place)
        return _channel(self.service, self.deployment, self.deployment.content, planned)

    @property
    def workspace(self) -> str:
        return self.deployment.workspace


def take_outcomes(service: Service, deployment: Deployment, now: datetime) -> bool:
    """Read what became of what was pushed, and move the rows and their counters by it; tell whether that is all.

    What is left is for the next look, which is to come at once. Software is left alone.
    """
    push = _begin_anew(service, deployment, now)
    return push is None or _take_all_outcomes(push)


def _take_all_outcomes(push: _Push) -> bool:
    rows, changed = _pushed_rows(push), 0
    for start in range(0, len(rows), MOST_TOGETHER):
        if changed >= MOST_AT_ONCE:
            return False
        changed += _take_outcomes_of(push, rows[start : start + MOST_TOGETHER])
    return True


def _pushed_rows(push: _Push) -> list[DeviceDeployment]:
    """List whom something was given, by what an index has of their rows.

    That is enough to follow them, save in a roll back: what is restored it has not.
    """
    rows = [row for row in _open_rows(push) if row.pushed]
    return rows if push.undone is None else [row for row in _read_strongly(push, rows) if row.pushed]


def _take_outcomes_of(push: _Push, listed: Sequence[DeviceDeployment]) -> int:
    """Return how many of some devices have changed: the row as it stands decides, if it is about the same attempt."""
    events = push.channel.follow(listed, push.now)
    attempts = {row.device_id: row.attempt for row in listed if row.device_id in events}
    rows = _read_strongly(push, [row for row in listed if row.device_id in attempts])
    changed = [row for row in rows if _changes(row, attempts[row.device_id], events[row.device_id], push.now)]
    push.service.table.side_by_side(*(partial(_apply, push, row, events[row.device_id]) for row in changed))
    return len(changed)


def push_open_phases(service: Service, deployment: Deployment, now: datetime) -> datetime | None:
    """Push to the devices of open phases as far as the plan allows; return when there is more to push, None if not.

    Software is left alone.
    """
    push = _begin_unpaused(service, deployment, now)
    rows = _unpushed_rows(push) if push else []
    pushed, untils, ahead = 0, list[datetime | None](), set[str]()
    for start in range(0, len(rows), MOST_TOGETHER):
        push = _begin_unpaused(service, deployment, now) if start else push
        if push is None:
            return None
        if pushed >= MOST_AT_ONCE:
            return now
        turn = _push_some(replace(push, ahead=ahead), rows[start : start + MOST_TOGETHER])
        pushed += turn.pushed
        untils += turn.untils
        if turn.is_full:
            break
    return min(filter(None, untils), default=None)


def take_back(service: Service, deployment: Deployment, now: datetime) -> datetime | None:
    """Give devices that have not got what was pushed before an abort what they had; return when to go on, None if done.

    What goes on yet may be aborted in this very look: then the next one is to come at once. Software is left alone.
    """
    if not (deployment.is_pushed and deployment.is_withdrawn):
        return now if deployment.is_pushed else None
    progress = find(service, deployment.workspace, deployment.id)
    push = _push_of(service, progress, now) if progress and has_unapplied(progress.tally) else None
    if push is None:
        return None
    rows, met, is_left = _let_in_rows(push), 0, False
    for start in range(0, len(rows), MOST_TOGETHER):
        unapplied = [each for each in _stored(push, rows[start : start + MOST_TOGETHER]) if each.is_unapplied]
        if unapplied and met >= MOST_AT_ONCE:
            return now
        met += len(unapplied)
        is_left |= not _take_back_from(push, unapplied)
    return now + _TAKE_BACK_AGAIN_AFTER if is_left else None


def _let_in_rows(push: _Push) -> list[DeviceDeployment]:
    """List the rows of all phases that were opened, whatever became of them."""
    rows = push.deployment.rows_of(target_ids(push.service, push.progress))
    return [row for row in rows if row.phase <= push.deployment.open_phase]


def _take_back_from(push: _Push, rows: Sequence[DeviceDeployment]) -> bool:
    """Take back what was pushed to these devices, where they have not got it meanwhile; tell if that is done for all.

    Only then a row says what it has meant since the abort: whoever dies before that leaves it to be found again.
    """
    has_it = _who_has_it(push, rows)
    unapplied = [row for row in rows if row.device_id not in has_it]
    done = has_it.union(push.channel.take_back(unapplied, push.now) if unapplied else ())
    settled = [row for row in rows if row.device_id in done]
    push.service.table.side_by_side(*(partial(_settle, push, row) for row in settled))
    return len(settled) == len(rows)


def _who_has_it(push: _Push, rows: Sequence[DeviceDeployment]) -> set[str]:
    """Return the devices that say that they have what was pushed, whether a look has seen it or not."""
    named = {row.device_id: row for row in rows if row.pushed}
    events = push.channel.follow(list(named.values()), push.now) if named else {}
    return {each for each, event in events.items() if _brings(named[each], event, push.now)}


def _brings(row: DeviceDeployment, event: Event, now: datetime) -> bool:
    decided = decide(row, event, now)
    return isinstance(decided, DeviceDeployment) and decided.status in BROUGHT


def _settle(push: _Push, row: DeviceDeployment) -> None:
    commit(push.service.table, lambda: (None, _plan_settlement(push, row)))


def _plan_settlement(push: _Push, found: DeviceDeployment) -> Sequence[Write]:
    """Store that an abort has been dealt with; the counters say since then what they are to say."""
    unapplied = (row for row in _stored(push, [found]) if row.is_unapplied)
    changes = (Change(row, _dealt_with(push, row), counted=False) for row in unapplied)
    return [write for change in changes for write in change.writes]


def _dealt_with(push: _Push, row: DeviceDeployment) -> DeviceDeployment:
    """Return a row as aborted, or, when it had ended before, as marked."""
    ended = effective(row, push.deployment)
    marked = decide(ended, TakenBack(), push.now)
    return marked if isinstance(marked, DeviceDeployment) else ended


def _unpushed_rows(push: _Push) -> list[DeviceDeployment]:
    """List who has yet to be given something: first who was offered it, since nobody else gives up that room."""
    rows = [row for row in _open_rows(push) if not row.pushed and row.is_open]
    return sorted(rows, key=lambda row: row.asked is None)


class _Turn(NamedTuple):
    """What came of the turn of some devices."""

    pushed: int
    untils: Sequence[datetime | None]
    """When those who were held back may be offered something."""
    is_full: bool
    """Whether there is no room for anybody else either."""


def _begin_unpaused(service: Service, deployment: Deployment, now: datetime) -> _Push | None:
    """Return the deployment as it stands, None when nothing is to be pushed now."""
    push = _begin_anew(service, deployment, now)
    return None if push is None or push.deployment.steering.pause else push


def _begin_anew(service: Service, deployment: Deployment, now: datetime) -> _Push | None:
    """Return the deployment as it stands, None when nothing of it is pushed any more."""
    progress = find(service, deployment.workspace, deployment.id) if deployment.is_pushed else None
    return _begin(service, progress, now) if progress else None


def _push_some(push: _Push, listed: Sequence[DeviceDeployment]) -> _Turn:
    """Give some devices their turn; who was offered something in a look that died is given it now."""
    rows = _read_strongly(push, listed)
    unpushed = [row for row in rows if row.is_in_flight and not row.pushed]
    offered, untils, is_full = _offer_in_turn(push, [row for row in rows if row.is_open and not row.is_in_flight])
    _give(push, [*unpushed, *offered])
    return _Turn(len(unpushed) + len(offered), untils, is_full)


def was_given_newer(service: Service, progress: Progress, device_id: str, now: datetime) -> bool:
    """Tell whether the next look leaves a device alone, since it was given something newer."""
    push = _begin(service, progress, now)
    if push is None:
        return False
    held = push.channel.held_by([device_id]).get(device_id, NOTHING)
    return _newer(push, device_id, held) is _Newer.STANDS


def _begin(service: Service, progress: Progress, now: datetime) -> _Push | None:
    """Return None when there is nothing to push."""
    return None if progress.has_finished else _push_of(service, progress, now)


def _push_of(service: Service, progress: Progress, now: datetime) -> _Push | None:
    """Return None for software."""
    deployment = progress.deployment
    if deployment.content is None:
        return None
    undone = load_heads(service, deployment.workspace, [deployment.rolls_back] if deployment.rolls_back else [])
    heads = Heads(service, deployment.workspace)
    planned = _planned(deployment, undone.get(deployment.rolls_back))
    channel = _channel(service, deployment, deployment.content, planned)
    return _Push(service, progress, channel, planned, undone.get(deployment.rolls_back), now, heads)


def _planned(deployment: Deployment, undone: Deployment | None) -> PlannedChoice:
    chosen = undone or deployment
    undoes, takes = (undone.order, str(undone.content)) if undone else ("", "")
    return PlannedChoice.of(deployment.order, chosen.created, undoes=undoes, takes=takes)


def _channel(service: Service, deployment: Deployment, content: SlotContent, planned: PlannedChoice) -> Channel:
    match content:
        case ConfigContent():
            return ConfigChannel(service, deployment, content, planned)
        case AssignedVersion():
            return WorkflowChannel(service, deployment, content, planned)


def _open_rows(push: _Push) -> list[DeviceDeployment]:
    """List the rows in open phases that have not ended for good, in the order in which devices come.

    They are as an index has them, which may lag behind: enough to say which of them are worth a read.
    """
    deployment = push.deployment
    opened = {
        row.device_id: row
        for row in deployment.rows_of(target_ids(push.service, push.progress))
        if row.phase <= deployment.open_phase
    }
    listed = {row.device_id: row for row in _unended(push) if row.device_id in opened}
    rows = [replace(row, phase=opened[each].phase) for each, row in listed.items()]
    return sorted(rows, key=lambda row: (row.phase, position(deployment.steering.seed, row.device_id)))


def _read_strongly(push: _Push, listed: Sequence[DeviceDeployment]) -> list[DeviceDeployment]:
    """Read rows as they stand, in the same order."""
    return [effective(row, push.deployment) for row in _stored(push, listed)]


def _stored(push: _Push, listed: Sequence[DeviceDeployment]) -> list[DeviceDeployment]:
    """Read rows as they are stored, in the same order."""
    places = [row_key(row) for row in listed]
    found = push.service.table.get_many(places)
    return [read_row(push.workspace, Record(key, found[key])) for key in places if key in found]


def _unended(push: _Push) -> Iterator[DeviceDeployment]:
    """Give who works under a deadline, then who else has not ended."""
    deployment = push.deployment
    by_status = [(keys.rows_index_start(each.rank), keys.rows_index_start(each.rank + 1)) for each in _UNENDED]
    for part in range(deployment.index_parts):
        partition = keys.rows_index(push.workspace, deployment.id, part)
        for first, last in [(keys.FIRST_DEADLINE, keys.LAST_DEADLINE), *by_status]:
            for record in read_all(push.service.table, Query(partition, first=first, last=last, index="GSI1")):
                yield read_row(push.workspace, record)


def _changes(row: DeviceDeployment, attempt: int, event: Event, now: datetime) -> bool:
    return row.attempt == attempt and isinstance(decide(row, event, now), DeviceDeployment)


def _offer_in_turn(
    push: _Push, waiting: Sequence[DeviceDeployment]
) -> tuple[list[DeviceDeployment], list[datetime | None], bool]:
    """Offer to one after the other; return who was, when others may be, and whether there is no room any more."""
    held = push.channel.held_by([row.device_id for row in waiting]) if waiting else {}
    behind = _who_is_behind(push, waiting)
    offered: list[DeviceDeployment] = []
    untils: list[datetime | None] = []
    for row in waiting:
        answer = _offer(push, row, held.get(row.device_id, NOTHING), is_behind=row.device_id in behind)
        if isinstance(answer, DeviceDeployment):
            offered.append(answer)
        elif answer is not None:
            untils.append(answer.until)
            if answer.reason in _NO_ROOM and row.asked is None:
                return offered, untils, True
    return offered, untils, False


def _who_is_behind(push: _Push, waiting: Sequence[DeviceDeployment]) -> set[str]:
    """Return whom what went first elsewhere has to wait for too, reading their rows of that in one batch."""
    places = {row.device_id: [keys.row(row.workspace, row.device_id, order) for order in push.ahead] for row in waiting}
    found = push.service.table.get_many([key for of_device in places.values() for key in of_device])

    def is_behind(row: DeviceDeployment) -> bool:
        others = [read_row(row.workspace, Record(key, found[key])) for key in places[row.device_id] if key in found]
        turn = slot_turn_among(push.heads, push.deployment, [row, *others], push.now) if others else None
        return turn is not None and bool(turn.ahead)

    return {row.device_id for row in waiting if is_behind(row)}


def _offer(push: _Push, row: DeviceDeployment, held: Held, *, is_behind: bool) -> DeviceDeployment | Hold | None:
    """Offer to one device: its row and the counters move, on the conditions that hold for polls.

    The part of a device that was given something newer ends instead.
    """
    newer = _newer(push, row.device_id, held)
    if newer is _Newer.STANDS:
        _apply(push, row, Withdrawn(Status.SUPERSEDED))
        return None
    hold = next(standing_holds(push.deployment, row, "", push.now), None)
    if hold or is_behind or newer is _Newer.UNDECIDED:
        return hold or Hold(Reason.WAITS_FOR_ANOTHER)
    heads = chain([push.heads], iter(push.fresh_heads, None))
    return commit(push.service.table, lambda: _plan_offer(push, row, held, next(heads)))


class _Newer(Enum):
    """What there is in a slot that is newer than what is to be pushed to it."""

    NONE = auto()
    """Nothing, or what came to nothing."""
    UNDECIDED = auto()
    """What the device works on, or is to be taken from it."""
    STANDS = auto()


def _newer(push: _Push, device_id: str, held: Held) -> _Newer:
    """Say what a device keeps that is newer; a roll back waits for what becomes of other planned ones (`choices`)."""
    if not push.planned.gives_way_to(held.choice, held.content):
        return _Newer.NONE
    if push.undone is None or held.choice is None or not held.choice.plan:
        return _Newer.STANDS
    rows = all_rows(push.service, push.workspace, device_id)
    turn = slot_turn_among(push.heads, push.deployment, rows, push.now)
    if turn is not None and turn.is_undecided:
        return _Newer.UNDECIDED
    found = (each for each in push.heads.of(rows) if is_same_slot(each.deployment.content, push.deployment.content))
    candidates = {each.row.order: each.deployment for each in found}
    return _newer_of(push, [row for row in rows if row.order in candidates], candidates, held)


def _newer_of(push: _Push, rows: Sequence[DeviceDeployment], heads: Mapping[str, Deployment], held: Held) -> _Newer:
    """Say whether the device keeps what the newest choice gave it, by its rows of this slot as they are stored."""
    given_by = next((row for row in rows if held.choice and row.order == held.choice.order), None)
    if given_by is None or not (given_by.is_unapplied or _has_lost(held)):
        return _Newer.STANDS
    if given_by.is_unapplied and heads[given_by.order].is_withdrawn:
        return _Newer.UNDECIDED
    order = push.undone.order if push.undone else ""
    since = [row for row in rows if row.order > order and row.asked]
    in_vain = {str(heads[row.order].content) for row in since if row.status not in BROUGHT}
    found = push.channel.content_of(given_by.previous)
    keeps_newer = has_newer(since, order) or found not in {push.planned.takes, "", *in_vain}
    return _Newer.STANDS if keeps_newer else _Newer.NONE


def _has_lost(held: Held) -> bool:
    """Tell whether a device failed at what it was given back."""
    return held.choice is not None and held.choice.gave_back and not held.content


def _plan_offer(
    push: _Push, found: DeviceDeployment, held: Held, heads: Heads
) -> tuple[DeviceDeployment | Hold | None, Sequence[Write]]:
    turn = read_slot_turn(heads, push.deployment, found.device_id, push.now)
    if turn is None or not turn.row.is_open or turn.row.is_in_flight:
        return None, []
    if turn.ahead:
        push.ahead.update(row.order for row in turn.rows if row.deployment_id == turn.ahead)
        return Hold(Reason.WAITS_FOR_ANOTHER), []
    is_second_look = heads is not push.heads
    place = find_place(push.service, push.deployment, turn.row, push.now, is_second_look=is_second_look)
    if isinstance(place, Hold):
        return place, []
    asked = Asked(Status.PENDING, _PUSHED, device_type="", installed=_had_before(push, turn, held))
    given = decide(_restoring(push, place.row), asked, push.now)
    if not isinstance(given, DeviceDeployment):
        return None, []
    changes = [Change(place.row, given, admission=place.admission), *turn.outdone]
    return replace(given, rev=given.rev + 1), [write for change in changes for write in change.writes]


def _had_before(push: _Push, turn: SlotTurn, held: Held) -> str:
    """Name what a device has; what an aborted deployment gave it in vain is what it had before that.

    The execution of that one may have given it back already, or may be about to: then this one is the faster. Empty
    when an earlier attempt has told it, unless a roll back has given the device something else since.
    """
    given_by = next((row for row in turn.rows if held.choice and row.order == held.choice.order), None)
    if turn.row.previous and not _is_roll_back(push, given_by):
        return ""
    if given_by is None or given_by.deployment_id == push.deployment.id:
        return held.name
    if given_by.is_unapplied:
        return given_by.previous if _is_to_be_taken_back(push, given_by) else held.name
    if given_by.taken_back or given_by.status is Status.ABORTED:
        return push.channel.held_by([given_by.device_id]).get(given_by.device_id, held).name
    return held.name


def _is_roll_back(push: _Push, row: DeviceDeployment | None) -> bool:
    return row is not None and any(each.deployment.rolls_back for each in push.heads.of([row]))


def _is_to_be_taken_back(push: _Push, row: DeviceDeployment) -> bool:
    """Tell whether an abort of another deployment is still to take from a device what it was given."""
    progress = find(push.service, push.workspace, row.deployment_id)
    other = _push_of(push.service, progress, push.now) if progress and progress.deployment.is_withdrawn else None
    return other is not None and not _who_has_it(other, [row])


def _restoring(push: _Push, row: DeviceDeployment) -> DeviceDeployment:
    """Return a row of a roll back with what its device had before what is rolled back."""
    if push.undone is None or row.restores:
        return row
    key = keys.row(row.workspace, row.device_id, push.undone.order)
    stored = push.service.table.get(key)
    return replace(row, restores=read_row(row.workspace, Record(key, stored)).previous) if stored else row


def _give(push: _Push, rows: Sequence[DeviceDeployment]) -> None:
    """Give devices what was offered to them, and note what that is called, or that it cannot be."""
    given: dict[str, Pushed | Event] = {}
    for over, alike in _by_choice_in_vain(push, rows).items():
        channel = push.channel_over(over) if over else push.channel
        given |= channel.push(alike, push.now)
    noted = [row for row in rows if row.device_id in given]
    push.service.table.side_by_side(*(partial(_note, push, row, given[row.device_id]) for row in noted))


def _by_choice_in_vain(push: _Push, rows: Sequence[DeviceDeployment]) -> Mapping[str, list[DeviceDeployment]]:
    """Return rows by the place of the newer choice that came to nothing at their devices, empty for none."""
    held = push.channel.held_by([row.device_id for row in rows]) if push.undone and rows else {}
    alike: defaultdict[str, list[DeviceDeployment]] = defaultdict(list)
    for row in rows:
        alike[_choice_in_vain(push, row.device_id, held.get(row.device_id, NOTHING))].append(row)
    return alike


def _choice_in_vain(push: _Push, device_id: str, held: Held) -> str:
    """Once a device works on a roll back, what else it was given and did not get is not taken back any more."""
    is_newer = push.planned.gives_way_to(held.choice, held.content)
    stands = _newer(push, device_id, held) is _Newer.STANDS
    return held.choice.plan if held.choice and is_newer and not stands else ""


def _note(push: _Push, row: DeviceDeployment, given: Pushed | Event) -> None:
    if not isinstance(given, str):
        _apply(push, row, given)
        return
    commit(push.service.table, lambda: (None, _plan_note(push, row, given)))


def _plan_note(push: _Push, offered: DeviceDeployment, name: Pushed) -> Sequence[Write]:
    row = _reread(push, offered)
    if row is None or not row.is_in_flight or row.attempt != offered.attempt or row.pushed:
        return []
    return Change(row, row.given(name)).writes


def _apply(push: _Push, row: DeviceDeployment, event: Event) -> None:
    commit(push.service.table, lambda: (None, _plan_event(push, row, event)))


def _plan_event(push: _Push, found: DeviceDeployment, event: Event) -> Sequence[Write]:
    """Decide on the row as it is; what is said of an earlier attempt is of no account."""
    row = _reread(push, found)
    if row is None or row.attempt != found.attempt:
        return []
    decided = decide(row, event, push.now)
    return Change(row, decided).writes if isinstance(decided, DeviceDeployment) else []


def _reread(push: _Push, row: DeviceDeployment) -> DeviceDeployment | None:
    """Return a row as it stands now, under its deployment as that stands now."""
    key, head = row_key(row), keys.deployment(row.workspace, row.deployment_id)
    found = push.service.table.get_many([key, head])
    if found.keys() != {key, head}:
        return None
    heads = heads_among(found, row.workspace, [row.deployment_id])
    return effective(read_row(row.workspace, Record(key, found[key])), heads[row.deployment_id])
