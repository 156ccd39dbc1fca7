"""Devices that take configuration: one name each, while they are there (miru contract 5.4)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sluiceway.domain.errors import DeviceNameTaken, Invalid, InvalidField, NoSuchRecord
from sluiceway.storage import keys
from sluiceway.usecases import config_records
from sluiceway.usecases.config_devices import (
    create_config_device,
    delete_config_device,
    find_config_device_ids,
    get_config_device,
    get_config_devices,
    is_name_taken,
    list_config_devices,
    rename_config_device,
)
from sluiceway.usecases.config_records import Reach
from tests.support.app import NOW
from tests.support.configs import Catalogue
from tests.unit.usecases.stores import WORKSPACE, before_call, over


@pytest.fixture(name="catalogue")
def _catalogue() -> Catalogue:
    return Catalogue()


def names(catalogue: Catalogue) -> list[str]:
    """Those of the devices that the list has, in its order."""
    listed = [each.id for each in list_config_devices(catalogue.service, WORKSPACE)]
    return [each.name for each in get_config_devices(catalogue.service, WORKSPACE, listed).values()]


@pytest.mark.parametrize("name", ["", "x" * 49])
def test_a_name_has_1_to_48_characters(catalogue: Catalogue, name: str) -> None:
    device = catalogue.device()
    with pytest.raises(InvalidField):
        create_config_device(catalogue.service, WORKSPACE, name, NOW)
    with pytest.raises(InvalidField):
        rename_config_device(catalogue.service, WORKSPACE, device.id, name, NOW)
    create_config_device(catalogue.service, WORKSPACE, "é" * 48, NOW)


def test_a_name_is_taken_until_its_device_has_another_or_is_gone(catalogue: Catalogue) -> None:
    first, second = catalogue.device("cart-1"), catalogue.device("cart-2")
    with pytest.raises(DeviceNameTaken):
        catalogue.device("cart-1")
    with pytest.raises(DeviceNameTaken):
        rename_config_device(catalogue.service, WORKSPACE, second.id, "cart-1", NOW)
    rename_config_device(catalogue.service, WORKSPACE, first.id, "cart-3", NOW)
    rename_config_device(catalogue.service, WORKSPACE, second.id, "cart-1", NOW)
    delete_config_device(catalogue.service, WORKSPACE, first.id, NOW)
    catalogue.device("cart-3")
    assert names(catalogue) == ["cart-1", "cart-3"]


def test_names_lead_to_the_devices_that_have_them_now(catalogue: Catalogue) -> None:
    renamed, other, _ = (catalogue.device(name) for name in ("cart-1", "cart-2", "cart-3"))
    rename_config_device(catalogue.service, WORKSPACE, renamed.id, "cart-4", NOW)
    wanted = ["cart-1", "cart-2", "cart-4", "", "x" * 3000]
    assert set(find_config_device_ids(catalogue.service, WORKSPACE, wanted)) == {renamed.id, other.id}
    assert find_config_device_ids(catalogue.service, "w2", wanted) == []


def test_more_devices_than_can_be_looked_through_are_found_by_id_or_name_only(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config_records, "MOST_LISTED", 2)
    first, _ = catalogue.device("cart-1"), catalogue.device("cart-2")
    assert names(catalogue) == ["cart-1", "cart-2"]
    catalogue.device("cart-3")
    with pytest.raises(Invalid, match="more than 2 to look through: name those that are meant by id or name"):
        list_config_devices(catalogue.service, WORKSPACE)
    assert find_config_device_ids(catalogue.service, WORKSPACE, ["cart-1"]) == [first.id]


def test_devices_are_listed_as_far_as_a_page_reaches(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config_records, "MOST_LISTED", 3)
    service = catalogue.service
    made = [create_config_device(service, WORKSPACE, f"cart-{day}", NOW + timedelta(day)).id for day in range(4)]
    newest = list_config_devices(service, WORKSPACE, Reach(2, from_newest=True))
    assert [each.id for each in newest] == [made[3], made[2]]
    oldest = list_config_devices(service, WORKSPACE, Reach(2, from_newest=False))
    assert [each.id for each in oldest] == made[:2]


@pytest.mark.parametrize("hostile", ["", "x" * 300, "a#b", "dvc_x"])
def test_an_id_that_no_device_has_leads_to_none(catalogue: Catalogue, hostile: str) -> None:
    assert get_config_devices(catalogue.service, WORKSPACE, [hostile]) == {}


def test_its_own_name_again_changes_nothing(catalogue: Catalogue) -> None:
    device = catalogue.device()
    assert rename_config_device(catalogue.service, WORKSPACE, device.id, device.name, NOW) == device


def test_a_name_of_another_workspace_is_free(catalogue: Catalogue) -> None:
    catalogue.device("cart-1")
    create_config_device(catalogue.service, "w2", "cart-1", NOW)


def test_a_deleted_device_is_not_found_by_anything(catalogue: Catalogue) -> None:
    device = catalogue.device()
    delete_config_device(catalogue.service, WORKSPACE, device.id, NOW)
    with pytest.raises(NoSuchRecord):
        get_config_device(catalogue.service, WORKSPACE, device.id)
    assert names(catalogue) == []
    assert catalogue.service.table.get(keys.config_device_pointer(device.id)) is None


def test_a_device_that_is_deleted_meanwhile_is_not_renamed(catalogue: Catalogue) -> None:
    device = catalogue.device("cart-1")
    delete_first = before_call(2, lambda: delete_config_device(catalogue.service, WORKSPACE, device.id, NOW))
    with pytest.raises(NoSuchRecord):
        rename_config_device(over(catalogue.service, delete_first), WORKSPACE, device.id, "cart-2", NOW)
    assert names(catalogue) == []
    assert not is_name_taken(catalogue.service, WORKSPACE, "cart-2")


def test_a_device_that_is_renamed_meanwhile_leaves_no_name_behind(catalogue: Catalogue) -> None:
    device = catalogue.device("cart-1")
    rename_first = before_call(1, lambda: rename_config_device(catalogue.service, WORKSPACE, device.id, "cart-2", NOW))
    delete_config_device(over(catalogue.service, rename_first), WORKSPACE, device.id, NOW)
    assert not is_name_taken(catalogue.service, WORKSPACE, "cart-1")
    assert not is_name_taken(catalogue.service, WORKSPACE, "cart-2")
