from __future__ import annotations

import pytest

from sluiceway.domain.config_deployment import Activity, Target
from sluiceway.usecases.create_config_deployment import NewConfigDeployment, create_config_deployment
from tests.handlers.native.calls import RELEASES, Native, fields, refusal
from tests.support.app import NOW
from tests.support.config_seeds import ConfigSeeds, seed_configs
from tests.support.seeds import Workspace, expect
from tests.support.unchanged import nothing_changes


@pytest.fixture(name="configs")
def _configs(native: Native, workspace: Workspace) -> ConfigSeeds:
    return seed_configs(native.app.service, workspace.id)


def switch(native: Native, release: str, *, custom: bool) -> object:
    return expect(200, native.call("PATCH", f"{RELEASES}/{release}", {"custom_validation": custom})).json()


def test_custom_validation_is_off_until_somebody_decides(native: Native, configs: ConfigSeeds) -> None:
    shown = {"id": configs.unused, "version": "v6", "custom_validation": False}
    assert native.get(f"{RELEASES}/{configs.unused}") == shown


def test_the_switch_is_answered_and_kept_either_way(native: Native, configs: ConfigSeeds) -> None:
    for custom in (True, True, False):
        shown = {"id": configs.unused, "version": "v6", "custom_validation": custom}
        assert switch(native, configs.unused, custom=custom) == shown
        assert native.get(f"{RELEASES}/{configs.unused}") == shown


@pytest.mark.parametrize(("custom", "activity"), [(True, Activity.VALIDATING), (False, Activity.STAGED)])
def test_the_switch_decides_whether_a_new_deployment_waits_for_a_verdict(
    native: Native, workspace: Workspace, configs: ConfigSeeds, *, custom: bool, activity: Activity
) -> None:
    switch(native, configs.unused, custom=custom)
    new = NewConfigDeployment(configs.device, configs.unused, Target.STAGED, (configs.instance,))
    assert create_config_deployment(native.app.service, workspace.id, new, NOW).activity is activity


@pytest.mark.parametrize(
    ("body", "member"),
    [
        ({}, "custom_validation"),
        ({"custom_validation": None}, "custom_validation"),
        ({"custom_validation": "true"}, "custom_validation"),
        ({"custom_validation": True, "version": "v7"}, "version"),
    ],
)
def test_a_change_that_cannot_be_is_400_and_changes_nothing(
    native: Native, configs: ConfigSeeds, body: object, member: str
) -> None:
    native.get(f"{RELEASES}/{configs.unused}")
    with nothing_changes(native.app):
        assert fields(native.call("PATCH", f"{RELEASES}/{configs.unused}", body)) == [member]


def test_what_is_no_release_of_configurations_is_404(native: Native, configs: ConfigSeeds) -> None:
    for identifier in (configs.schema, "rls_none"):
        refusal(404, "not_found", native.call("GET", f"{RELEASES}/{identifier}"))
        refusal(404, "not_found", native.call("PATCH", f"{RELEASES}/{identifier}", {"custom_validation": True}))
