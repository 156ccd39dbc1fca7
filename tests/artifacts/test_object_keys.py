"""Keys in the bucket: no id reaches into the folder of another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluiceway.artifacts.object_keys import content_key, log_key

IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
SHA256 = "0" * 64


def test_artifacts_lie_under_their_workspace_and_checksum() -> None:
    assert content_key("w1", SHA256, "o1") == f"artifacts/w1/{SHA256}/o1"


def test_logs_lie_under_their_deployment_and_device() -> None:
    assert log_key("w1", "dep", "dev") == "logs/w1/dep/dev"


@given(st.tuples(IDS, IDS, IDS), st.tuples(IDS, IDS, IDS))
def test_two_devices_never_share_a_log(first: tuple[str, str, str], second: tuple[str, str, str]) -> None:
    assert (log_key(*first) == log_key(*second)) == (first == second)


@pytest.mark.parametrize("hostile", ["..", ".", "a/b", "/", "%2F", "a/../../other"])
def test_no_id_leaves_its_place_in_the_key(hostile: str) -> None:
    segments = log_key("w1", "dep", hostile).split("/")
    assert segments[:3] == ["logs", "w1", "dep"]
    assert len(segments) == 4
    assert segments[3] not in {".", "..", hostile}
