"""Which artifacts of one name can live side by side (mender contract 2.1)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluiceway.domain.errors import DuplicateArtifact, Invalid
from sluiceway.domain.releases import Release
from tests.support.app import NOW
from tests.support.artifacts import an_artifact_file

TYPES = st.frozensets(st.sampled_from("abcdef"), min_size=1, max_size=3)


def release_of(*device_types: tuple[str, ...]) -> Release:
    release = Release("app")
    for number, types in enumerate(device_types):
        release = release.with_artifact(f"id-{number}", an_artifact_file("app", types), NOW)
    return release


def test_artifacts_for_other_device_types_live_together() -> None:
    assert release_of(("a", "b"), ("c",)).artifacts == 2


@pytest.mark.parametrize(("types", "shared"), [(("b", "c"), "b"), (("c", "d"), "c"), (("x", "a"), "a")])
def test_the_first_shared_combination_is_named(types: tuple[str, ...], shared: str) -> None:
    with pytest.raises(DuplicateArtifact) as refusal:
        release_of(("a", "b"), ("c",), types)
    assert refusal.value.depends == {"device_type": shared}


def test_the_same_device_type_with_other_depends_lives_together() -> None:
    release = release_of().with_artifact("id-0", an_artifact_file("app", ("a",), region="eu"), NOW)
    assert release.with_artifact("id-1", an_artifact_file("app", ("a",), region="us"), NOW).artifacts == 2


def test_depends_overlap_in_one_alternative() -> None:
    release = release_of().with_artifact("id-0", an_artifact_file("app", ("a",), region=("eu", "us")), NOW)
    with pytest.raises(DuplicateArtifact) as refusal:
        release.with_artifact("id-1", an_artifact_file("app", ("a",), region=("us", "cn")), NOW)
    assert refusal.value.depends == {"device_type": "a", "region": "us"}


@given(st.lists(TYPES, max_size=8))
def test_no_two_artifacts_of_a_release_ever_serve_one_combination(uploads: list[frozenset[str]]) -> None:
    release, served = Release("app"), set[str]()
    for number, types in enumerate(uploads):
        file = an_artifact_file("app", tuple(sorted(types)))
        if served & types:
            with pytest.raises(DuplicateArtifact):
                release.with_artifact(f"id-{number}", file, NOW)
        else:
            release = release.with_artifact(f"id-{number}", file, NOW)
            served |= types
    assert len(release.taken) == len(served)


@given(TYPES, TYPES)
def test_what_an_artifact_served_is_free_when_it_is_gone(gone: frozenset[str], kept: frozenset[str]) -> None:
    first, second = an_artifact_file("app", tuple(gone - kept) or ("z",)), an_artifact_file("app", tuple(kept))
    both = Release("app").with_artifact("id-0", first, NOW).with_artifact("id-1", second, NOW)
    left = both.without_artifact(first, NOW)
    assert left.taken == Release("app").with_artifact("id-1", second, NOW).taken
    assert left.artifacts == 1


def test_a_release_has_a_bounded_number_of_combinations() -> None:
    most = an_artifact_file("app", tuple(f"board-{number}" for number in range(100)), k=tuple(map(str, range(100))))
    full = Release("app").with_artifact("id-0", most, NOW)
    with pytest.raises(Invalid, match="more than 10000 combinations"):
        full.with_artifact("id-1", an_artifact_file("app", ("one-more",)), NOW)


def test_every_change_raises_the_revision() -> None:
    first = release_of(("a",))
    assert (first.rev, first.without_artifact(an_artifact_file("app", ("a",)), NOW).rev) == (1, 2)


def test_uploads_are_ordered_even_when_the_clock_stands_or_goes_back() -> None:
    first = release_of(("a",))
    assert first.upload_time(NOW) == NOW + timedelta(milliseconds=1)
    assert first.upload_time(NOW - timedelta(hours=1)) == NOW + timedelta(milliseconds=1)
    assert first.upload_time(NOW + timedelta(hours=1)) == NOW + timedelta(hours=1)
