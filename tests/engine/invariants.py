"""What always holds in the table of the engine, whatever happened: checked against its raw items and their history."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import cast

from sluiceway.domain.artifacts import Artifact
from sluiceway.domain.counters import (
    ADMITTED,
    ASKED,
    FINAL,
    IN_FLIGHT,
    OFFERED_BYTES,
    RESTORABLE,
    RETRIES,
    TURNED_AWAY,
    Tally,
    ended_in,
    finished_at,
    has_finished,
    let_in,
    statistics,
)
from sluiceway.domain.deployment import Deployment, State, Target
from sluiceway.domain.device import Device
from sluiceway.domain.device_deployment import (
    REPORTABLE,
    Asked,
    CameBack,
    DeadlinePassed,
    DeviceDeployment,
    Event,
    HistoryDeleted,
    LogStored,
    Reopened,
    Reported,
    SilenceBegan,
    Status,
    TakenBack,
    Withdrawn,
    Withheld,
    decide,
    has_newer,
    was_given_back,
)
from sluiceway.domain.effective import effective
from sluiceway.domain.fleet import Cut
from sluiceway.storage import keys
from sluiceway.storage.artifact_items import read_stored_artifact
from sluiceway.storage.config_device_items import read_config_device
from sluiceway.storage.deployment_items import read_head, read_targets
from sluiceway.storage.device_items import read_device
from sluiceway.storage.row_items import read_row, row_item, row_key
from sluiceway.storage.shard_items import read_tally
from sluiceway.storage.table import Item, Key, Record
from tests.engine.knowledge import Knowledge
from tests.engine.recording import RecordedTable, Step
from tests.engine.rollout_invariants import (
    check_at_rest,
    check_look,
    check_next_roll_back,
    check_phases,
    check_roll_back,
    check_steering,
    plan_key,
    rollout_of,
)
from tests.engine.violation import Violation

ABORTED = Withdrawn(Status.ABORTED)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The raw items, sorted out."""

    heads: Mapping[Key, Deployment]
    rows: Mapping[Key, DeviceDeployment]
    items: Mapping[Key, Item]

    @staticmethod
    def of(items: Mapping[Key, Item]) -> Snapshot:
        """Read what is stored."""
        heads = {key: head for key, item in items.items() if (head := head_of(key, item))}
        rows = {key: row for key, item in items.items() if (row := row_of(key, item))}
        return Snapshot(heads, rows, dict(items))

    def tally(self, deployment: Deployment) -> Tally:
        """The counters of a deployment, added up."""
        return read_tally([Record(key, item) for key, item in self.shards(deployment)])

    def shards(self, deployment: Deployment) -> Iterator[tuple[Key, Item]]:
        """The counter shards of a deployment that exist."""
        for number in range(deployment.shards):
            key = keys.counter_shard(deployment.workspace, deployment.id, number)
            if key in self.items:
                yield key, self.items[key]

    def rows_of(self, deployment: Deployment) -> Mapping[str, DeviceDeployment]:
        """The stored rows of a deployment by device."""
        return {
            row.device_id: row
            for row in self.rows.values()
            if (row.workspace, row.deployment_id, row.order) == (deployment.workspace, deployment.id, deployment.order)
        }

    def deployment_of(self, row: DeviceDeployment) -> Deployment | None:
        """The deployment that a row belongs to; None for what a lost creation left behind."""
        head = self.heads.get(keys.deployment(row.workspace, row.deployment_id))
        return head if head and head.order == row.order else None


def workspace_of(key: Key) -> str:
    """The workspace that a key names."""
    return keys.unescape(key.pk.split("#")[1])


def head_of(key: Key, item: Item | None) -> Deployment | None:
    """The deployment whose head this is."""
    parts = key.pk.split("#")
    if item is None or len(parts) != 4 or parts[2] != "DEP" or key.sk != keys.HEAD:
        return None
    return read_head(workspace_of(key), keys.unescape(parts[3]), item)


def row_of(key: Key, item: Item | None) -> DeviceDeployment | None:
    """The device deployment whose row this is."""
    return read_row(workspace_of(key), Record(key, item)) if item is not None and is_row_key(key) else None


def is_row_key(key: Key) -> bool:
    """Whether a device's row of a deployment is there."""
    return key.sk.startswith(keys.FIRST_ROW) and key.pk.split("#")[2] == "D"


class Checker:
    """Follows the history of a table, and compares what it comes to with what is stored."""

    def __init__(self, table: RecordedTable) -> None:
        self._table = table
        self._followed = 0
        self._known: tuple[int, Snapshot] | None = None
        self._counted: dict[Key, DeviceDeployment] = {}
        self._counted_before: dict[Key, DeviceDeployment] = {}
        """The same before what is followed now, of which an offer may not have heard."""
        self._offered_bytes: Counter[Key] = Counter()
        self._offered: defaultdict[Key, set[str]] = defaultdict(set)
        """The devices that each deployment offered something, by its head."""
        self._closed: set[Key] = set()
        self._definitions: dict[Key, Key] = {}
        self._members: dict[Key, frozenset[str]] = {}
        self._accepted: defaultdict[str, dict[str, str]] = defaultdict(dict)
        """The accepted devices of each workspace, each with its group."""
        self._newest: defaultdict[str, str] = defaultdict(str)
        self._ended: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        """The places of what each device asked for and ended, those of a deleted history left out."""
        self._finished: dict[Key, datetime | None] = {}
        self._knowledge = Knowledge()

    def snapshot(self) -> Snapshot:
        """What is stored at present, sorted out once for as long as it stays so."""
        if self._known is None or self._known[0] != len(self._table.history):
            self._known = len(self._table.history), Snapshot.of(self._table.items)
        return self._known[1]

    def abort_returned(self, workspace: str, deployment_id: str) -> None:
        """From now on nothing may happen to the open rows of this deployment. Called the moment an abort answers."""
        self._follow_history()
        self._closed.add(keys.deployment(workspace, deployment_id))

    def is_closed(self, workspace: str, deployment_id: str) -> bool:
        """Whether an abort of this deployment has answered."""
        return keys.deployment(workspace, deployment_id) in self._closed

    def check(self) -> None:
        """Raise Violation when an invariant does not hold."""
        self._follow_history()
        now = self.snapshot()
        for key, deployment in now.heads.items():
            check_counters(now, deployment, self._counted_rows(deployment))
            check_room(deployment, now.tally(deployment))
            self._check_roll_back(now, deployment)
            check_statistics(now, deployment, self._targets(now, key, deployment))
            self._check_end(now, key, deployment)
            check_phases(deployment, now.rows_of(deployment))
        self._check_definitions(now)
        check_devices(now)

    def check_at_rest(self) -> None:
        """Raise Violation when something that was begun will never be ended. For a time after the last tick."""
        self.check()
        now = self.snapshot()
        check_due_marks(now)
        for deployment in now.heads.values():
            plan = now.items.get(plan_key(deployment))
            if plan is not None:
                check_at_rest(deployment, plan, now.tally(deployment), now.rows_of(deployment), self._table.now)
            if deployment.state is State.ABORTING:
                raise Violation("every abort is completed", deployment)
            lets_nobody_in = deployment.is_withdrawn or deployment.steering.closed is not None
            is_seeded = deployment.target is Target.LIST and not lets_nobody_in
            if is_seeded and len(now.rows_of(deployment)) < deployment.size:
                raise Violation("every device of a list has its row", deployment)

    # What each change must be

    def _follow_history(self) -> None:
        news = self._table.history[self._followed :]
        self._followed = len(self._table.history)
        self._counted_before = dict(self._counted)
        moments = self._moments(news)
        self._knowledge.begin()
        for _, steps in groupby(news, key=lambda step: step.transaction):
            self._follow(list(steps), moments)

    def _moments(self, news: Sequence[Step]) -> Mapping[str, list[Mapping[str, str]]]:
        """Who was accepted in which group at every moment of the news, the moment before them included."""
        moments: dict[str, list[Mapping[str, str]]] = {
            workspace: [dict(accepted)] for workspace, accepted in self._accepted.items()
        }
        for step in news:
            if step.key.sk == keys.DEVICE_HEAD and step.after:
                device = read_device(workspace_of(step.key), step.after)
                self._note_acceptance(device)
                moments.setdefault(device.workspace, [{}]).append(dict(self._accepted[device.workspace]))
        return moments

    def _note_acceptance(self, device: Device) -> None:
        accepted = self._accepted[device.workspace]
        if device.is_accepted:
            accepted[device.id] = device.groups.group
        else:
            accepted.pop(device.id, None)

    def _follow(self, transaction: Sequence[Step], moments: Mapping[str, list[Mapping[str, str]]]) -> None:
        self._knowledge.follow(transaction)
        for step in transaction:
            if head := head_of(step.key, step.after):
                self._follow_head(head, step, transaction, moments.get(head.workspace, []))
            check_look(step)
            if is_row_key(step.key):
                self._follow_row(step)
        rows = [step for step in transaction if is_row_key(step.key)]
        _check_roll_back_ends_nothing(rows)
        for step in rows:
            self._check_turn(step)

    def _follow_head(
        self, head: Deployment, step: Step, transaction: Sequence[Step], moments: Sequence[Mapping[str, str]]
    ) -> None:
        if former := head_of(step.key, step.before):
            _check_control_map(former, head)
            check_steering(former, head, transaction)
            if former.rolled_back_by not in {"", head.rolled_back_by}:
                place = keys.deployment(head.workspace, former.rolled_back_by)
                check_next_roll_back(head, head_of(place, self._table.items.get(place)))
        else:
            self._follow_creation(head, transaction, moments)

    def _follow_creation(
        self, head: Deployment, transaction: Sequence[Step], moments: Sequence[Mapping[str, str]]
    ) -> None:
        if head.order <= self._newest[head.workspace]:
            raise Violation("every deployment sorts after all before it", head.order)
        self._newest[head.workspace] = head.order
        key = keys.deployment(head.workspace, head.id)
        guards = [step.key for step in transaction if "#DEF#" in step.key.pk]
        self._definitions[key] = guards[0] if guards else key
        if head.cut:
            members = self._members[key] = frozenset(self._members_of(head, head.cut))
            wanted = [{each for each, group in moment.items() if head.cut.group in {"", group}} for moment in moments]
            if members not in wanted or len(members) != head.size:
                raise Violation("a cut has exactly who was accepted at creation", members, moments)

    def _members_of(self, head: Deployment, cut: Cut) -> Iterator[str]:
        for key, item in self._table.items.items():
            if key.sk == keys.DEVICE_HEAD and workspace_of(key) == head.workspace:
                device = read_device(head.workspace, item)
                if cut.contains(device.id, device.membership, device.groups):
                    yield device.id

    def _follow_row(self, step: Step) -> None:
        before, after = row_of(step.key, step.before), row_of(step.key, step.after)
        if after is None:
            self._forget(step.key)
            return
        if before is None:
            self._check_joins(after)
        former = _placed(before or _fresh(after), after)
        _check_decided(former, after, step.now)
        self._follow_offer(former, after)
        self._check_closed(former, after)
        if after.status is not Status.ABORTED:
            self._counted[step.key] = after
        if after.artifact_id and after.is_open and not former.artifact_id and after.attempt == 1:
            self._offered_bytes[step.key] += self._size_of(after)

    def _follow_offer(self, before: DeviceDeployment, after: DeviceDeployment) -> None:
        key = keys.deployment(after.workspace, after.deployment_id)
        if after.is_offered:
            self._offered[key].add(after.device_id)
        head = head_of(key, self._table.items.get(key))
        is_let_in = before.asked is None and after.asked is not None
        if is_let_in and head and head.steering.has_plan and after.phase > head.open_phase:
            raise Violation("a device is let in once its phase is open", after, head)

    def _check_joins(self, row: DeviceDeployment) -> None:
        """A device gets a row of an open target when it meets the filter at that time, and not before it asks.

        What it asks for may be a more urgent one, which supersedes this.
        """
        head = self._head(row.workspace, row.deployment_id)
        if head is None or head.filter is None:
            return
        has_come = row.asked or row.status is Status.SUPERSEDED
        if not has_come or not self._knowledge.met_lately(row.workspace, row.device_id, head.filter.terms):
            raise Violation("whoever joins an open target meets its filter", row, head.filter)

    def _forget(self, key: Key) -> None:
        row = self._counted.pop(key)
        head = self._table.items.get(keys.deployment(row.workspace, row.deployment_id))
        if head and head["order"] == row.order:
            raise Violation("no row of a deployment is deleted", row)

    def _size_of(self, row: DeviceDeployment) -> int:
        artifacts = artifacts_of(self._table.items, row.workspace)
        return artifacts[row.artifact_id].file.size if row.artifact_id in artifacts else 0

    def _check_closed(self, before: DeviceDeployment, after: DeviceDeployment) -> None:
        if keys.deployment(after.workspace, after.deployment_id) not in self._closed:
            return
        if not before.is_open:
            self._check_stays_closed(before, after)
        elif after.status is not Status.ABORTED and replace(after, rev=before.rev, has_log=before.has_log) != before:
            raise Violation("an abort is final", before, after)

    def _check_stays_closed(self, before: DeviceDeployment, after: DeviceDeployment) -> None:
        if after.is_open:
            raise Violation("an abort is final", before, after)

    def _check_turn(self, step: Step) -> None:
        """Nothing is offered after something newer ended, in the same transaction included.

        What the device has forgotten counts no more, nor does anything once it was deleted.
        """
        before, after = row_of(step.key, step.before), row_of(step.key, step.after)
        if after is None or self._has_lost_its_slot(after):
            return
        device = (after.workspace, after.device_id)
        was_offered = before is not None and before.request_digest == after.request_digest
        if (
            after.is_open
            and after.request_digest
            and not was_offered
            and after.order < max(self._ended[device], default="")
        ):
            raise Violation("nothing is offered after something newer ended", after)
        if after.is_offered and not was_offered:
            self._check_undoes(after)
        if after.deleted:
            self._ended[device].discard(self._place_of(after))
        elif after.asked and not after.is_open:
            self._ended[device].add(self._place_of(after))

    def _has_lost_its_slot(self, row: DeviceDeployment) -> bool:
        """Whether the device that something is pushed to was deleted: it is given nothing any more."""
        head = self._head(row.workspace, row.deployment_id)
        if head is None or not head.is_pushed:
            return False
        stored = self._table.items.get(keys.config_device(row.workspace, row.device_id))
        takes_config = stored is not None and not read_config_device(row.workspace, stored).is_deleted
        return not takes_config and keys.workflow_device(row.workspace, row.device_id) not in self._table.items

    def _place_of(self, row: DeviceDeployment) -> str:
        """Order of the deployment in whose place a row stands."""
        head = self._head(row.workspace, row.deployment_id)
        undone = self._head(row.workspace, head.rolls_back) if head and head.rolls_back else None
        return undone.order if undone else row.order

    def _head(self, workspace: str, deployment_id: str) -> Deployment | None:
        key = keys.deployment(workspace, deployment_id)
        return head_of(key, self._table.items.get(key))

    def _check_undoes(self, offered: DeviceDeployment) -> None:
        """A roll back takes nothing away from a device but what it undoes: nothing newer that it had, and still has."""
        device = (offered.workspace, offered.device_id)
        had, has = (
            [row for row in rows.values() if (row.workspace, row.device_id) == device]
            for rows in (self._counted_before, self._counted)
        )
        if offered.undoes and has_newer(had, offered.undoes) and has_newer(has, offered.undoes):
            raise Violation("a roll back leaves alone who has something newer", offered, has)
        if offered.undoes and was_given_back(had, offered) and was_given_back(has, offered):
            raise Violation("a roll back leaves alone who has it back already", offered, has)

    # What must be true now

    def _counted_rows(self, deployment: Deployment) -> Iterator[tuple[DeviceDeployment, int]]:
        """The rows as they were before an abort closed them, each with the bytes that it was offered."""
        for key, row in self._counted.items():
            if (row.workspace, row.deployment_id, row.order) == (deployment.workspace, deployment.id, deployment.order):
                yield row, self._offered_bytes[key]

    def _check_roll_back(self, now: Snapshot, undoing: Deployment) -> None:
        if undoing.target is Target.ROLL_BACK:
            undone = now.heads[keys.deployment(undoing.workspace, undoing.rolls_back)]
            check_roll_back(undoing, undone, now.rows_of(undoing), self._offered_by(undone))

    def _offered_by(self, deployment: Deployment) -> frozenset[str]:
        return frozenset(self._offered[keys.deployment(deployment.workspace, deployment.id)])

    def _targets(self, now: Snapshot, key: Key, deployment: Deployment) -> frozenset[str]:
        if deployment.target is Target.ROLL_BACK:
            return self._offered_by(now.heads[keys.deployment(deployment.workspace, deployment.rolls_back)])
        if deployment.cut:
            return self._members[key]
        if deployment.has_open_target:
            return frozenset(now.rows_of(deployment))
        parts = [item for each, item in now.items.items() if each.pk == key.pk and each.sk.startswith(keys.TARGETS)]
        return frozenset(device for part in parts for device in read_targets(part))

    def _check_end(self, now: Snapshot, key: Key, deployment: Deployment) -> None:
        tally = now.tally(deployment)
        end = finished_at(deployment, tally)
        known = self._finished.get(key)
        if known and end != known:
            raise Violation("the end of a deployment never moves", known, end)
        if end is None and deployment.is_over:
            raise Violation("what is over has an end", deployment)
        if deployment.state is State.FINISHED and tally[FINAL] - tally[TURNED_AWAY] < tally[ASKED]:
            raise Violation("who is in the middle keeps a deployment from finishing", deployment, tally)
        is_endless = deployment.has_open_target and not deployment.most_devices and deployment.steering.closed is None
        if end and is_endless and not deployment.is_withdrawn:
            raise Violation("an open target never ends by itself", deployment)
        self._finished[key] = end

    def _check_definitions(self, now: Snapshot) -> None:
        running = Counter(
            self._definitions[key]
            for key, deployment in now.heads.items()
            if not has_finished(deployment, now.tally(deployment))
        )
        for definition, count in running.items():
            if count > 1:
                raise Violation("no two unfinished deployments share a definition", definition)


def _check_roll_back_ends_nothing(transaction: Sequence[Step]) -> None:
    """What waits for a device goes on to wait while it is given back what it had."""
    rows = [row for step in transaction if (row := row_of(step.key, step.after))]
    gives_back = any(row.undoes and row.is_offered for row in rows)
    if gives_back and any(row.status is Status.SUPERSEDED for row in rows):
        raise Violation("a roll back ends nothing that waits", rows)


def check_counters(now: Snapshot, deployment: Deployment, counted: Iterable[tuple[DeviceDeployment, int]]) -> None:
    """Compare the counter shards with the rows that they count, each given with the bytes that it was offered."""
    stored: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for key, item in now.shards(deployment):
        counters = {
            name: value
            for name, value in item.items()
            if name not in {"fence", "final_at", "unasked_at", "minute"} and value
        }
        stored[keys.shard_number(key)] = cast("dict[str, int]", counters)
    expected: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for row, offered_bytes in counted:
        expected[row.shard].update(_counters_of(deployment, row, offered_bytes))
    for number in range(deployment.shards):
        if stored[number] != dict(expected[number]):
            raise Violation(
                "counters equal the rows they count", deployment.id, number, stored[number], dict(expected[number])
            )


def _counters_of(deployment: Deployment, row: DeviceDeployment, offered_bytes: int) -> Mapping[str, int]:
    told: dict[str, int] = {
        str(row.status): row.status is not Status.PENDING,
        FINAL: row.status.is_final,
        ASKED: row.asked is not None,
        RETRIES: row.attempt - 1,
        OFFERED_BYTES: offered_bytes,
        RESTORABLE: row.is_restorable,
        TURNED_AWAY: row.status.is_final and row.asked is None,
    }
    if row.is_planned:
        told |= {IN_FLIGHT: row.is_in_flight}
        told |= {ended_in(row.phase, row.status): row.status.is_final}
    if deployment.is_limited and row.asked:
        told |= {ADMITTED: 1, let_in(row.phase): 1}
    return {name: int(count) for name, count in told.items() if count}


def check_statistics(now: Snapshot, deployment: Deployment, targets: frozenset[str]) -> None:
    """Compare what a deployment shows of itself with the rows of its targets, each as every reader must see it."""
    rows = now.rows_of(deployment)
    if not rows.keys() <= targets:
        raise Violation("only the targets of a deployment take part", rows.keys() - targets)
    stands = [effective(rows.get(device) or deployment.row_of(device), deployment).status for device in targets]
    shown = statistics(deployment, now.tally(deployment))
    if {status: count for status, count in shown.items() if count} != Counter(stands):
        raise Violation("statistics count each target once", deployment, shown, Counter(stands))


def check_devices(now: Snapshot) -> None:
    """Compare the rows of each device with each other, with its mark, and with the artifacts that it works with."""
    _check_marks(now)
    _check_floors(now)
    _check_one_at_a_time(now)
    _check_artifacts(now)


def check_due_marks(now: Snapshot) -> None:
    """For a time after the last tick: nothing is left for a further one, but to watch what goes on."""
    for key, item in now.items.items():
        if "G2PK" in item and not rollout_of(key, item):
            raise Violation("every due mark is cleared", key)


def artifacts_of(items: Mapping[Key, Item], workspace: str) -> Mapping[str, Artifact]:
    """The artifacts of a workspace by id, deleted ones included."""
    stored = (item for key, item in items.items() if key.pk == keys.artifacts(workspace))
    return {artifact.id: artifact for artifact in (read_stored_artifact(workspace, item) for item in stored)}


def becomes(before: DeviceDeployment, event: Event, now: datetime, after: DeviceDeployment) -> bool:
    """Whether the event makes the one stored row of the other. An abort happened when its deployment was aborted."""
    decided = decide(before, event, after.finished or now if event == ABORTED else now)
    if not isinstance(decided, DeviceDeployment):
        return False
    return read_row(after.workspace, Record(row_key(decided), row_item(decided, rev=after.rev))) == after


def _fresh(row: DeviceDeployment) -> DeviceDeployment:
    """The row before anything happened to it."""
    return DeviceDeployment(
        row.workspace,
        row.deployment_id,
        row.device_id,
        row.order,
        row.shard,
        row.index_part,
        phase=row.phase if row.is_planned else 0,
        retry=row.retry,
        is_planned=row.is_planned,
        deadlines=row.deadlines,
        withdraws_success=row.withdraws_success,
        restores=row.restores,
        undoes=row.undoes,
    )


def _placed(before: DeviceDeployment, after: DeviceDeployment) -> DeviceDeployment:
    """The row as it was decided on: whoever asks for the first time is let in wherever there is room."""
    first_asked = before.asked is None and after.asked is not None
    if not first_asked:
        return before
    phase = before.phase if before.is_planned else after.phase
    return replace(before, shard=after.shard, phase=phase, restores=after.restores, undoes=after.undoes)


def _check_decided(before: DeviceDeployment, after: DeviceDeployment, now: datetime) -> None:
    """A row changes by what `decide` says of some event, one revision at a time."""
    if after.rev != before.rev + 1:
        raise Violation("a row changes one revision at a time", before, after)
    seeded = before.rev == 0 and replace(after, rev=0) == before
    given = before.is_in_flight and not before.pushed and replace(after, rev=before.rev) == before.given(after.pushed)
    ways = (
        becomes(start, event, now, after) for start in _starts(before, after, now) for event in _events_towards(after)
    )
    if not seeded and not given and not any(ways):
        raise Violation("every status is reachable only by decide", before, after)


def _starts(before: DeviceDeployment, after: DeviceDeployment, now: datetime) -> Iterator[DeviceDeployment]:
    """The row as stored; as the call left it that said it; when its history is deleted also as the abort left it."""
    yield before
    heard = decide(before, SilenceBegan(), now)
    if isinstance(heard, DeviceDeployment):
        yield heard
    if after.deleted and before.is_open and after.finished:
        yield cast("DeviceDeployment", decide(before, ABORTED, after.finished))


def _events_towards(after: DeviceDeployment) -> Iterator[Event]:
    yield LogStored()
    yield TakenBack()
    yield HistoryDeleted()
    yield Reopened()
    yield ABORTED
    for outcome in (Status.PENDING, Status.NOARTIFACT, Status.ALREADY_INSTALLED):
        yield Asked(outcome, after.request_digest, after.device_type, after.artifact_id, after.previous)
    yield Asked(Status.PENDING, "says something else", after.device_type)
    yield Withdrawn(Status.SUPERSEDED)
    yield Withdrawn(Status.DECOMMISSIONED)
    yield DeadlinePassed()
    if after.deadline and after.deadlines.retrying:
        yield DeadlinePassed(expected=after.deadline - after.deadlines.retrying)
    yield SilenceBegan()
    yield Withheld()
    yield CameBack(after.previous)
    for status in sorted(REPORTABLE):
        yield Reported(status)
        yield Reported(status, after.substate)


def check_room(deployment: Deployment, tally: Tally) -> None:
    """Compare how many were let in with how many may be."""
    if deployment.capacity is not None and tally[ADMITTED] > deployment.capacity:
        raise Violation("limits and phases are never passed", deployment, tally)
    cap = deployment.steering.most_in_flight
    if cap is not None and tally[IN_FLIGHT] > cap:
        raise Violation("no more devices work at once than the cap", deployment, tally)


def is_pushed(now: Snapshot, row: DeviceDeployment) -> bool:
    """Whether what a row is about is pushed to devices, which never ask for it."""
    head = now.deployment_of(row)
    return head is not None and head.is_pushed


def _check_marks(now: Snapshot) -> None:
    """A device's mark is as high as what it has asked for and ended, a deleted history aside."""
    for row in now.rows.values():
        if is_pushed(now, row):
            continue
        device = read_device(row.workspace, now.items[keys.device(row.workspace, row.device_id)])
        if row.asked and not row.is_open and not row.deleted and device.done < row.place:
            raise Violation("what a device has done is never undone", device, row)


def _check_floors(now: Snapshot) -> None:
    """What a device has forgotten stays in its sight for as long as the deployment runs."""
    for row in now.rows.values():
        if not (row.deleted and row.may_reopen):
            continue
        head = now.deployment_of(row)
        runs = head is not None and not has_finished(head, now.tally(head))
        device = read_device(row.workspace, now.items[keys.device(row.workspace, row.device_id)])
        if runs and row.order <= device.floor:
            raise Violation("nothing that runs is forgotten with the history", device, row)


def _check_control_map(before: Deployment, after: Deployment) -> None:
    """A map changes while its deployment runs, and by itself: whatever else is written keeps it."""
    if before.control_map == after.control_map:
        return
    changed = replace(before, control_map=after.control_map, rev=before.rev + 1)
    if before.control_map is None or before.state is not State.ACTIVE or after != changed:
        raise Violation("only the map of a running deployment changes, and alone", before, after)


def _check_one_at_a_time(now: Snapshot) -> None:
    offered = Counter(
        (row.workspace, row.device_id)
        for row in now.rows.values()
        if row.request_digest and (head := now.deployment_of(row)) and effective(row, head).is_open
    )
    for device, count in offered.items():
        if count > 1:
            raise Violation("a device works on one deployment at a time", device)


def _check_artifacts(now: Snapshot) -> None:
    artifacts = {head.workspace: artifacts_of(now.items, head.workspace) for head in now.heads.values()}
    for row in now.rows.values():
        head = now.deployment_of(row)
        if head and not head.is_pushed and row.artifact_id and effective(row, head).is_open:
            artifact = artifacts[row.workspace].get(row.artifact_id)
            if artifact is None or artifact.deleted:
                raise Violation("an artifact that a device works with stays", row)
