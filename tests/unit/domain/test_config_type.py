from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluiceway.domain.config_type import ConfigType, check_slug, check_type_name
from sluiceway.domain.errors import InvalidField
from tests.support.app import NOW


@pytest.mark.parametrize("slug", ["a", "7", "drive-train", "a--b", "x" * 48])
def test_a_slug_is_taken(slug: str) -> None:
    assert check_slug(slug) == slug


@pytest.mark.parametrize("slug", ["", "-", "-a", "a-", "A", "a_b", "a b", "é", "x" * 49, "a\n"])
def test_what_is_no_slug_is_refused(slug: str) -> None:
    with pytest.raises(InvalidField) as refused:
        check_slug(slug)
    assert refused.value.field == "slug"


@given(st.text())
def test_a_slug_says_the_same_in_lower_case_and_without_spaces(text: str) -> None:
    try:
        slug = check_slug(text)
    except InvalidField:
        return
    assert slug == slug.lower().strip("- \n")
    assert slug.isascii()


@pytest.mark.parametrize("name", ["", "x" * 49])
def test_a_name_has_1_to_48_characters(name: str) -> None:
    with pytest.raises(InvalidField, match="name: must have between 1 and 48 characters"):
        check_type_name(name)
    assert check_type_name("é" * 48) == "é" * 48


def test_a_rename_changes_nothing_but_the_name() -> None:
    former = ConfigType("w", "cfg_typ_1", "Drive", "drive", NOW, NOW, schemas=3, rev=4)
    later = NOW + timedelta(days=1)
    assert former.renamed("Drivetrain", later) == ConfigType(
        "w", "cfg_typ_1", "Drivetrain", "drive", NOW, later, schemas=3, rev=5
    )
