"""A simulated rollout comes to a good end, and what is broken in the engine is found, explained and makes it fail."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta

import pytest

from sluiceway.domain import counters
from sluiceway.domain.artifacts import Artifact
from sluiceway.domain.device_deployment import DeviceDeployment, Status
from sluiceway.domain.gates import PASSED, Passed
from sluiceway.domain.holds import Hold, Reason
from sluiceway.storage import keys
from sluiceway.storage.table import Absent, AnyOf, Check, Present
from sluiceway.usecases.releases import release_artifacts
from sluiceway.usecases.service import Service
from tests.load.__main__ import main
from tests.load.scenario import FAULTY_RELEASE, OLD_RELEASE, Settings
from tests.load.simulation import simulate

SMALL = ("--devices", "100", "--days", "1", "--poll", "120", "--workspaces", "1", "--seed", "2")


def test_a_rollout_breaks_no_invariant(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(SMALL) == 0
    *_, last = capsys.readouterr().out.splitlines()
    assert last.startswith("polls=1")
    assert last.endswith(" phases=4 broken_invariants=0")


def test_workspaces_are_simulated_side_by_side_and_added_up(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--devices", "201", "--days", "1", "--workspaces", "2"]) == 0
    first, *_, last = capsys.readouterr().out.splitlines()
    assert first.startswith("201 devices, 1 days, a poll every 360 minutes, seed 1, split over 2 workspace(s)")
    assert last.endswith(" broken_invariants=0")


def test_the_same_seed_makes_the_same_rollout_and_another_one_another() -> None:
    one, again, other = (
        list(simulate(Settings(100, timedelta(days=1), timedelta(hours=6), seed)).lines()) for seed in (1, 1, 2)
    )
    assert one == again
    assert one != other


def test_a_workspace_too_small_for_its_phases_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["--devices", "150"])
    assert refused.value.code == 2
    assert "each of 2 workspaces needs 100 devices" in capsys.readouterr().err


# What is found


def count_no_installation(before: DeviceDeployment, after: DeviceDeployment, offered_bytes: int = 0) -> dict[str, int]:
    moved = counters.movement(before, after, offered_bytes)
    return {name: by for name, by in moved.items() if name != Status.INSTALLING}


def let_any_number_work_at_once(*_: object) -> None:
    pass


def open_everything_at_once(*_: object) -> None:
    pass


def pass_every_gate(*_: object) -> Passed:
    return PASSED


def leave_the_shard_open(workspace: str, deployment_id: str, shard: int) -> Check:
    return Check(keys.counter_shard(workspace, deployment_id, shard), AnyOf((Present(), Absent())))


def let_nobody_in(*_: object, **__: object) -> Hold:
    return Hold(Reason.IN_FLIGHT_REACHED)


def let_everybody_in_at_once(*_: object) -> int:
    return 0


def hold_nobody(*_: object) -> Iterator[Hold]:
    return iter(())


def put_all_into_one_phase(_seed: str, device_ids: Collection[str], sizes: Sequence[int]) -> dict[str, int]:
    return dict.fromkeys(device_ids, len(sizes) - 1)


def wait_for_ever(*_: object) -> None:
    pass


def give_back_what_is_faulty(service: Service, workspace: str, name: str) -> tuple[Artifact, ...]:
    return release_artifacts(service, workspace, FAULTY_RELEASE if name == OLD_RELEASE else name)


@pytest.mark.parametrize(
    ("guard", "substitute", "invariants"),
    [
        ("storage.shard_items.movement", count_no_installation, ["counters equal the rows they count"]),
        (
            "usecases.admission._Room._at_work",
            let_any_number_work_at_once,
            ["no more devices work at once than the cap"],
        ),
        ("usecases.admission._first_place", let_nobody_in, ["whoever asks while there is room is let in"]),
        ("domain.holds._phase_of", let_everybody_in_at_once, ["a device is let in once its phase is open"]),
        ("domain.deployment.assign", put_all_into_one_phase, ["phases partition the devices"]),
        ("domain.rollout.opens_not_before", open_everything_at_once, ["no phase opens before its time"]),
        (
            "domain.rollout.evaluate",
            pass_every_gate,
            ["no phase opens before the gate of the one before is passed"],
        ),
        (
            "usecases.next_deployment.standing_holds",
            hold_nobody,
            ["nothing is offered during a pause", "an explanation says what the next poll is told"],
        ),
        (
            "usecases.advance_rollout.pass_deadlines",
            wait_for_ever,
            ["whoever keeps silent for too long times out"],
        ),
        (
            "usecases.next_deployment.release_artifacts",
            give_back_what_is_faulty,
            ["a roll back gives each device what it had", "who was rolled back ends on what it had"],
        ),
        ("usecases.abort_deployment.fence", leave_the_shard_open, ["an abort is final"]),
    ],
)
def test_what_is_broken_is_explained_and_makes_it_fail(
    guard: str,
    substitute: object,
    invariants: Sequence[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(f"sluiceway.{guard}", substitute)
    assert main(SMALL) == 1
    *told, last = capsys.readouterr().out.splitlines()
    for invariant in invariants:
        assert any(line.startswith(f"BROKEN: {invariant} (") for line in told)
    assert not last.endswith(" broken_invariants=0")
