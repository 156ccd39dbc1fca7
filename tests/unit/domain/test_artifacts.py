"""Which artifact a device gets (mender contract 8.5, 9.3)."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluiceway.domain.artifact_file import ArtifactFile
from sluiceway.domain.artifacts import (
    MOST_COMBINATIONS,
    Artifact,
    Provides,
    StoredObject,
    choose,
    combination_digest,
    combinations,
    fits,
)
from sluiceway.domain.errors import Invalid
from tests.support.app import NOW
from tests.support.artifacts import an_artifact_file, artifact_files

BOARD = Provides("app-0", "board-a", {})
TEXTS = st.text(max_size=6)


def an_artifact(number: int, file: ArtifactFile, *, deleted: bool = False) -> Artifact:
    stored = StoredObject("key", "v1", file.size)
    return Artifact("w", f"id-{number}", f"{number}-id", "", NOW, file, stored, deleted=deleted)


def test_the_smallest_that_fits_wins() -> None:
    large, small, foreign = (
        an_artifact(1, an_artifact_file(size=900)),
        an_artifact(2, an_artifact_file(size=800)),
        an_artifact(3, an_artifact_file(device_types=("board-b",), size=1)),
    )

    assert choose([large, small, foreign], BOARD) == small


def test_of_two_equally_small_ones_the_older_wins() -> None:
    older, newer = an_artifact(1, an_artifact_file()), an_artifact(2, an_artifact_file())

    assert choose([newer, older], BOARD) == older


def test_nothing_fits_a_device_of_another_type_and_nothing_deleted_fits_any() -> None:
    assert choose([an_artifact(1, an_artifact_file(), deleted=True)], BOARD) is None
    assert choose([an_artifact(1, an_artifact_file())], replace(BOARD, device_type="Board-A")) is None


@pytest.mark.parametrize(
    ("others", "fitting"),
    [
        ({}, True),
        ({"rootfs.version": "1"}, True),
        ({"rootfs.version": "2"}, True),
        ({"rootfs.version": "3"}, False),
        ({"another": "1"}, False),
    ],
)
def test_other_depends_count_once_the_device_says_more_of_itself(others: Mapping[str, str], *, fitting: bool) -> None:
    depends = {"device_type": ("board-a",), "rootfs.version": ("1", "2")}
    file = replace(an_artifact_file(), depends=depends)

    assert fits(file, replace(BOARD, others=others)) is fitting


def test_a_depends_on_the_installed_artifact_looks_at_its_name() -> None:
    file = an_artifact_file(artifact_name="app-0")
    talkative = replace(BOARD, others={"x": "1"})

    assert fits(file, talkative)
    assert not fits(file, replace(talkative, artifact_name="app-1"))


@given(artifact_files())
def test_combinations_are_the_product_of_the_depends(file: ArtifactFile) -> None:
    others = {key: value for key, value in file.depends.items() if key != "device_type"}
    sizes = [len(value) if isinstance(value, tuple) else 1 for value in others.values()]
    expanded = list(combinations(file))

    assert len(expanded) == prod(sizes) * len(file.device_types_compatible)
    assert all(set(each) == {"device_type", *others} for each in expanded)


def test_a_product_that_is_too_large_is_refused_before_it_is_expanded() -> None:
    values = tuple(map(str, range(101)))
    with pytest.raises(Invalid, match=str(MOST_COMBINATIONS)):
        combinations(an_artifact_file(a=values, b=values))


@given(st.dictionaries(TEXTS, TEXTS, max_size=5), TEXTS, TEXTS, st.randoms(use_true_random=False))
def test_equal_requests_are_equal_in_whatever_order_their_members_come(
    others: dict[str, str], name: str, device_type: str, shuffler: random.Random
) -> None:
    shuffled = list(others.items())
    shuffler.shuffle(shuffled)

    assert Provides(name, device_type, others).digest() == Provides(name, device_type, dict(shuffled)).digest()
    assert combination_digest(others) == combination_digest(dict(shuffled))


@given(*[st.builds(Provides, TEXTS, TEXTS, st.dictionaries(TEXTS, TEXTS, max_size=2))] * 2)
def test_different_requests_are_different(one: Provides, other: Provides) -> None:
    assert (one.digest() == other.digest()) is (one == other)
