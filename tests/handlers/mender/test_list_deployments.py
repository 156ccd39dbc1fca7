"""GET /deployments (mender contract 1.6, 2.8, 16.12, 16.13)."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.handlers.mender.calls import DEPLOYMENTS, Management, ask, error_of
from tests.support.app import NOW, running_app
from tests.support.seeds import expect, report, seed_workspace
from tests.support.unchanged import nothing_changes

THEN = int(NOW.timestamp())


@pytest.fixture(scope="module", name="thirty")
def _thirty() -> Iterator[Management]:
    """Thirty deployments, `rollout 0` the oldest, made a second apart. Shared: no call of these tests changes them."""
    with running_app() as app:
        management = Management(app, seed_workspace(app))
        management.upload("app-2")
        for number in range(30):
            management.deploy("d-100", name=f"rollout {number}")
            app.pass_time(seconds=1)
        yield management


def names(management: Management, query: str = "") -> list[str]:
    return [deployment["name"] for deployment in management.find(query)]


def rollouts(*numbers: int) -> list[str]:
    return [f"rollout {number}" for number in numbers]


def links_of(management: Management, query: str) -> dict[str, str]:
    """Targets by relation, in the order in which the answer has them."""
    answer = expect(200, management.call("GET", query))
    parts = [part.partition(">; rel=") for part in answer.headers["link"].split(", <")]
    return {relation.strip('"'): target.lstrip("<") for target, _, relation in parts}


def test_no_deployments_are_an_empty_list(management: Management) -> None:
    answer = expect(200, management.call("GET"))
    assert (answer.text, answer.headers["x-total-count"]) == ("[]", "0")
    assert answer.headers["link"] == (
        f'<{DEPLOYMENTS}?page=1&per_page=20>; rel="first", <{DEPLOYMENTS}?page=1&per_page=20>; rel="last"'
    )


def test_12_thirty_deployments_are_pages_of_twenty_and_ten(thirty: Management) -> None:
    assert names(thirty) == rollouts(*range(29, 9, -1))
    assert names(thirty, "page=2") == rollouts(*range(9, -1, -1))


@pytest.mark.parametrize("query", ["page=3", "page=9223372036854775807&per_page=500"])
def test_12_a_page_past_the_end_is_empty_and_knows_the_total(thirty: Management, query: str) -> None:
    answer = expect(200, thirty.call("GET", f"?{query}"))
    assert (answer.text, answer.headers["x-total-count"]) == ("[]", "30")


@pytest.mark.parametrize("per_page", [1, 7, 15, 20, 30, 500])
def test_12_pages_partition_the_list_and_all_know_the_total(thirty: Management, per_page: int) -> None:
    pages = range(1, -(-30 // per_page) + 1)
    answers = [expect(200, thirty.call("GET", f"?per_page={per_page}&page={page}")) for page in pages]
    assert [each["name"] for answer in answers for each in answer.json()] == rollouts(*range(29, -1, -1))
    assert {answer.headers["x-total-count"] for answer in answers} == {"30"}
    assert ['rel="next"' in answer.headers["link"] for answer in answers] == [*([True] * (len(pages) - 1)), False]


def test_decision_21_links_are_relative_and_keep_the_query(thirty: Management) -> None:
    query = "?status=pending&search=roll%20out&page=2&per_page=5&search=%23"
    rest = "per_page=5&search=roll%20out&search=%23&status=pending"
    assert links_of(thirty, query) == {
        "first": f"{DEPLOYMENTS}?page=1&{rest}",
        "prev": f"{DEPLOYMENTS}?page=1&{rest}",
        "last": f"{DEPLOYMENTS}?page=1&{rest}",
    }
    assert links_of(thirty, "?per_page=10&page=2&sort=asc") == {
        "first": f"{DEPLOYMENTS}?page=1&per_page=10&sort=asc",
        "prev": f"{DEPLOYMENTS}?page=1&per_page=10&sort=asc",
        "next": f"{DEPLOYMENTS}?page=3&per_page=10&sort=asc",
        "last": f"{DEPLOYMENTS}?page=3&per_page=10&sort=asc",
    }


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("page=0", "invalid page query: value must be a non-zero positive integer"),
        ("page=-1", "invalid page query: value must be a non-zero positive integer"),
        ("page=x", 'invalid page query: "x"'),
        ("page=1.5", 'invalid page query: "1.5"'),
        ("page=9223372036854775808", 'invalid page query: "9223372036854775808"'),
        ("per_page=0", "invalid per_page query: value must be a non-zero positive integer"),
        ("per_page=-1", "invalid per_page query: value must be a non-zero positive integer"),
        ("per_page=x", 'invalid per_page query: "x"'),
        ("per_page=99999999999999999999", 'invalid per_page query: "99999999999999999999"'),
        ("per_page=501", 'parameter "per_page" above limit (max: 500)'),
        ("status=foo", "unknown status foo"),
        ("status=inProgress", "unknown status inProgress"),
        ("type=firmware", 'unknown deployment type "firmware"'),
        ("sort=up", 'invalid form value: must be one of "asc" or "desc"'),
        ("created_before=x", "timestamp parsing failed for created_before parameter: invalid timestamp: x"),
        ("created_after=1.5", "timestamp parsing failed for created_after parameter: invalid timestamp: 1.5"),
        ("created_after=-1", "timestamp parsing failed for created_after parameter: invalid timestamp: -1"),
        (
            "created_after=9999999999999",
            "timestamp parsing failed for created_after parameter: invalid timestamp: 9999999999999",
        ),
    ],
)
def test_12_13_a_bad_query_is_400_and_says_which(thirty: Management, query: str, text: str) -> None:
    with nothing_changes(thirty.app):
        assert error_of(400, thirty.call("GET", f"?{query}")) == text


def test_13_the_status_filter_knows_three_words_and_aborted_means_finished(management: Management) -> None:
    (device,) = management.enrol(1)
    waiting, running, ended, stopped = (
        management.deploy(device, f"d-{name}", name=name) for name in ("waiting", "running", "ended", "stopped")
    )
    expect(204, report(management.app, device, running, "installing"))
    management.abort(stopped)
    done = management.deploy(device, name="done")
    expect(204, report(management.app, device, done, "success"))
    assert names(management, "status=pending") == ["ended", "waiting"]
    assert names(management, "status=inprogress") == ["running"]
    assert names(management, "status=finished") == names(management, "status=aborted") == ["done", "stopped"]
    assert names(management, "status=") == ["done", "stopped", "ended", "running", "waiting"]
    assert {waiting, ended}.isdisjoint({each["id"] for each in management.find("status=finished")})


def test_13_a_filtered_list_is_paged_and_counted_after_the_filter(management: Management) -> None:
    ids = [management.deploy("d-100", name=f"rollout {number}") for number in range(9)]
    for each in ids[::2]:
        management.abort(each)
    answer = expect(200, management.call("GET", "?status=finished&per_page=2&page=2"))
    assert [each["id"] for each in answer.json()] == [ids[4], ids[2]]
    assert answer.headers["x-total-count"] == "5"


def test_13_a_deployment_changes_its_filter_with_its_devices(management: Management) -> None:
    first, second = management.enrol(2)
    deployment_id = management.deploy(first, second)
    for device in (first, second):
        assert len(management.find("status=finished")) == 0
        expect(204, report(management.app, device, deployment_id, "failure"))
    assert [each["status"] for each in management.find("status=finished")] == ["finished"]
    assert management.find("status=inprogress") == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("spring", ["Spring ROLLOUT \u00dcbung"]),
        ("ROLL", ["Spring ROLLOUT \u00dcbung"]),
        ("ring roll", ["Spring ROLLOUT \u00dcbung"]),
        ("\u00fcBUNG", ["Spring ROLLOUT \u00dcbung"]),
        ("APP-3", ["autumn"]),
        ("pp", ["autumn", "Spring ROLLOUT \u00dcbung"]),
        ("", ["autumn", "Spring ROLLOUT \u00dcbung"]),
        ("winter", []),
        ('"spring"', []),
        ("app-2app-3", []),
    ],
)
def test_13_decision_23_the_search_is_for_a_part_of_either_name_in_any_case(
    management: Management, text: str, found: list[str]
) -> None:
    management.upload("app-3")
    management.deploy("d-100", name="Spring ROLLOUT \u00dcbung")
    management.deploy("d-100", name="autumn", artifact_name="app-3")
    assert names(management, f"search={quote(text)}") == found


def test_13_every_filter_given_must_hold(thirty: Management) -> None:
    assert names(thirty, f"search=rollout%201&created_before={THEN + 12}&sort=asc") == rollouts(1, 10, 11, 12)
    assert names(thirty, "search=rollout%201&status=finished") == []


def test_13_both_ends_of_the_times_are_inclusive(thirty: Management) -> None:
    assert names(thirty, f"created_after={THEN + 27}") == rollouts(29, 28, 27)
    assert names(thirty, f"created_before={THEN + 2}") == rollouts(2, 1, 0)
    assert names(thirty, f"created_after={THEN + 5}&created_before={THEN + 5}") == rollouts(5)
    assert names(thirty, f"created_after={THEN + 6}&created_before={THEN + 5}") == []


def test_13_a_second_includes_what_was_created_before_it_is_over(management: Management) -> None:
    management.app.pass_time(milliseconds=999)
    management.deploy("d-100", name="late in its second")
    assert names(management, f"created_before={THEN}") == ["late in its second"]
    assert names(management, f"created_after={THEN}") == ["late in its second"]
    assert names(management, f"created_before={THEN - 1}") == names(management, f"created_after={THEN + 1}") == []


def test_13_deployments_of_the_same_moment_are_found_by_the_times_they_show(management: Management) -> None:
    management.app.pass_time(milliseconds=999)
    for number in range(3):
        management.deploy("d-100", name=f"rollout {number}")
    shown = {each["name"]: each["created"] < "2026-03-11T13:00:01" for each in management.find()}
    assert names(management, f"created_before={THEN}&sort=asc") == [name for name in sorted(shown) if shown[name]]
    assert names(management, f"created_after={THEN + 1}&sort=asc") == [
        name for name in sorted(shown) if not shown[name]
    ]


@pytest.mark.parametrize("far", [99_999_999_999, 100_000_000_000, 253_402_300_799])
def test_13_times_far_away_are_times(thirty: Management, far: int) -> None:
    assert len(names(thirty, f"created_before={far}&per_page=500")) == 30
    assert names(thirty, f"created_after={far}") == []
    assert len(names(thirty, "created_after=0&per_page=500")) == 30
    assert names(thirty, "created_before=0") == []


def test_13_the_newest_come_first_unless_the_sort_says_otherwise(thirty: Management) -> None:
    assert names(thirty, "sort=desc&per_page=2") == names(thirty, "per_page=2") == rollouts(29, 28)
    assert names(thirty, "sort=asc&per_page=2") == rollouts(0, 1)
    assert names(thirty, "sort=asc&per_page=2&status=pending&page=2") == rollouts(2, 3)


def test_deployments_of_the_same_moment_have_an_order_that_pages_keep(management: Management) -> None:
    ids = [management.deploy("d-100", name=f"rollout {number}") for number in range(5)]
    paged = [each["id"] for page in range(1, 4) for each in management.find(f"sort=asc&per_page=2&page={page}")]
    assert paged == ids


def test_the_type_is_software_and_there_is_none_of_the_other(thirty: Management) -> None:
    assert len(names(thirty, "type=software&per_page=500")) == 30
    assert names(thirty, "type=configuration") == []


def test_a_deployment_is_listed_as_it_is_shown_alone(management: Management) -> None:
    (device,) = management.enrol(1)
    deployment_id = management.deploy(device, "d-100", force_installation=True, retries=2)
    ask(management.app, device)
    assert management.find() == [management.deployment(deployment_id)]
    management.abort(deployment_id)
    assert management.find() == [management.deployment(deployment_id)]


def test_09_another_workspace_lists_nothing(management: Management) -> None:
    management.deploy("d-100")
    other = Management(management.app, seed_workspace(management.app, "b"))
    answer = expect(200, other.call("GET"))
    assert (answer.text, answer.headers["x-total-count"]) == ("[]", "0")
