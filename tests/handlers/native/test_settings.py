from __future__ import annotations

import pytest

from tests.handlers.native.calls import SETTINGS, Native, fields
from tests.support.seeds import expect
from tests.support.unchanged import nothing_changes

DEFAULTS = {"headerless_dialect": "approvals", "validation_timeout_seconds": None}


def change(native: Native, **members: object) -> object:
    return expect(200, native.call("PATCH", SETTINGS, members)).json()


def test_until_somebody_decides_the_defaults_hold(native: Native) -> None:
    assert native.get(SETTINGS) == DEFAULTS


@pytest.mark.parametrize(
    "members",
    [
        {"headerless_dialect": "zion"},
        {"validation_timeout_seconds": 1},
        {"validation_timeout_seconds": 2_592_000},
        {"headerless_dialect": "zion", "validation_timeout_seconds": 60},
        {},
    ],
)
def test_a_change_is_answered_and_kept_and_what_it_does_not_name_stays(
    native: Native, members: dict[str, object]
) -> None:
    assert change(native, **members) == {**DEFAULTS, **members}
    assert native.get(SETTINGS) == {**DEFAULTS, **members}


def test_null_is_the_default_again(native: Native) -> None:
    change(native, headerless_dialect="zion", validation_timeout_seconds=60)
    assert change(native, validation_timeout_seconds=None) == {**DEFAULTS, "headerless_dialect": "zion"}
    assert change(native, headerless_dialect=None) == DEFAULTS


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("headerless_dialect", "tetons"),
        ("headerless_dialect", 1),
        ("validation_timeout_seconds", 0),
        ("validation_timeout_seconds", -1),
        ("validation_timeout_seconds", 2_592_001),
        ("validation_timeout_seconds", "60"),
        ("validation_timeout_seconds", 1.5),
        ("colour", "blue"),
    ],
)
def test_a_change_that_cannot_be_is_400_and_changes_nothing(native: Native, member: str, value: object) -> None:
    native.get(SETTINGS)
    with nothing_changes(native.app):
        answer = native.call("PATCH", SETTINGS, {"headerless_dialect": "zion", member: value})
        assert fields(answer) == [member]


def test_each_workspace_has_settings_of_its_own(native: Native, stranger: Native) -> None:
    change(stranger, headerless_dialect="zion")
    assert native.get(SETTINGS) == DEFAULTS
