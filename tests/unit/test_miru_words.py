"""The words of each version for where a deployment stands: the table of miru contract 1.4, line by line."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miru._versions import Version
from miru._words import ACTIVITY_WORDS, TARGET_WORDS, words_for
from sluiceway.domain.config_deployment import Activity, ConfigDeployment, Target, Trouble
from tests.support.app import NOW

P, Z, T = Version.APPROVALS, Version.ZION, Version.TETONS
PLAIN = ConfigDeployment(
    "w", "dpl", "dvc", "rls", ("cfg_inst",), Target.STAGED, Activity.STAGED, created=NOW, updated=NOW
)


@pytest.mark.parametrize(
    ("target", "approved", "words"),
    [
        (Target.STAGED, False, {P: "pending", Z: "staged", T: "staged"}),
        (Target.STAGED, True, {P: "approved", Z: "staged", T: "staged"}),
        (Target.DEPLOYED, True, {P: "deployed", Z: "deployed", T: "deployed"}),
        (Target.DEPLOYED, False, {P: "deployed", Z: "deployed", T: "deployed"}),
        (Target.ARCHIVED, True, {P: "archived", Z: "archived", T: "archived"}),
    ],
)
def test_1_4_the_words_for_a_target(target: Target, approved: bool, words: dict[Version, str]) -> None:  # noqa: FBT001
    deployment = replace(PLAIN, target=target, approved=approved)
    assert {version: str(words_for(version, deployment).target) for version in Version} == words


@pytest.mark.parametrize(
    ("activity", "target", "approved", "words"),
    [
        (Activity.VALIDATING, Target.STAGED, True, {P: "validating", Z: "validating", T: "staged"}),
        (Activity.VALIDATING, Target.DEPLOYED, True, {P: "validating", Z: "validating", T: "queued"}),
        (Activity.STAGED, Target.STAGED, False, {P: "pending", Z: "staged", T: "staged"}),
        (Activity.STAGED, Target.STAGED, True, {P: "approved", Z: "staged", T: "staged"}),
        (Activity.DRIFTED, Target.STAGED, False, {P: "pending", Z: "needs_review", T: "drifted"}),
        (Activity.QUEUED, Target.DEPLOYED, True, {P: "queued", Z: "queued", T: "queued"}),
        (Activity.DEPLOYED, Target.DEPLOYED, True, {P: "deployed", Z: "deployed", T: "deployed"}),
        (Activity.REMOVING, Target.ARCHIVED, True, {P: "removing", Z: "removing", T: "deployed"}),
        (Activity.ARCHIVED, Target.ARCHIVED, True, {P: "archived", Z: "archived", T: "archived"}),
    ],
)
def test_1_4_the_words_for_an_activity(
    activity: Activity,
    target: Target,
    approved: bool,  # noqa: FBT001 - a column of the table
    words: dict[Version, str],
) -> None:
    deployment = replace(PLAIN, activity=activity, target=target, approved=approved)
    assert {version: str(words_for(version, deployment).activity) for version in Version} == words


@pytest.mark.parametrize("error", [Trouble.RETRYING, Trouble.FAILED])
def test_the_status_is_the_trouble_if_there_is_any(error: Trouble) -> None:
    assert words_for(T, PLAIN).status == "staged"
    assert words_for(T, replace(PLAIN, error=error)).status == str(error)


@given(
    st.builds(
        replace,
        st.just(PLAIN),
        target=st.sampled_from(Target),
        activity=st.sampled_from(Activity),
        approved=st.booleans(),
        error=st.sampled_from(Trouble),
    ),
    st.sampled_from(Version),
)
def test_no_version_says_a_word_that_its_lists_cannot_be_filtered_by(
    deployment: ConfigDeployment, version: Version
) -> None:
    words = words_for(version, deployment)
    assert words.target in TARGET_WORDS[version]
    assert words.activity in ACTIVITY_WORDS[version]


def test_1_3_the_words_that_each_version_knows() -> None:
    known = {version: ({*map(str, TARGET_WORDS[version])}, {*map(str, ACTIVITY_WORDS[version])}) for version in Version}
    on_device = {"queued", "deployed", "archived"}
    assert known == {
        P: (
            {"pending", "approved", "deployed", "archived"},
            {"validating", "pending", "approved", "removing", *on_device},
        ),
        Z: ({"staged", "deployed", "archived"}, {"validating", "needs_review", "staged", "removing", *on_device}),
        T: ({"staged", "deployed", "archived"}, {"drifted", "staged", *on_device}),
    }
