from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluiceway.domain.errors import InvalidField
from sluiceway.domain.git_commit import MOST_MESSAGE_BYTES, RepositoryType, check_message, parse_origin, parse_sha

names = st.text("abcXYZ019._-", min_size=1, max_size=10).filter(
    lambda name: name not in {".", ".."} and not name.endswith(".git")
)


@pytest.mark.parametrize(
    ("origin", "url"),
    [
        ("https://github.com/acme/carts.git", "https://github.com/acme/carts"),
        ("https://github.com/acme/carts", "https://github.com/acme/carts"),
        ("https://github.com/acme/carts/", "https://github.com/acme/carts"),
        ("HTTPS://GitHub.com/Acme/Carts.git", "https://github.com/Acme/Carts"),
        ("https://www.github.com/acme/carts", "https://github.com/acme/carts"),
        ("http://github.com:80/acme/carts.git", "https://github.com/acme/carts"),
        ("git@github.com:acme/carts.git", "https://github.com/acme/carts"),
        ("github.com:acme/carts", "https://github.com/acme/carts"),
        ("ssh://git@github.com/acme/carts.git", "https://github.com/acme/carts"),
        ("ssh://git@ssh.github.com:443/acme/carts.git", "https://github.com/acme/carts"),
        ("git+ssh://git@bitbucket.org/acme/carts.git", "https://bitbucket.org/acme/carts"),
        ("git@gitlab.com:acme/robots/carts.git", "https://gitlab.com/acme/robots/carts"),
        ("https://gitlab.com/acme/.dot-files.git", "https://gitlab.com/acme/.dot-files"),
    ],
)
def test_a_clone_url_leads_to_the_page_of_its_repository(origin: str, url: str) -> None:
    assert parse_origin(origin).url == url


def test_credentials_in_a_clone_url_are_left_behind() -> None:
    assert "secret" not in repr(parse_origin("https://me:secret@github.com/acme/carts.git"))


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "acme/carts",
        "https://example.com/acme/carts.git",
        "https://github.com.example.com/acme/carts.git",
        "https://example.com/github.com/acme/carts",
        "https://example.com@evil/acme/carts",
        "https://github.com@example.com/acme/carts",
        "https://github.com/carts.git",
        "https://github.com/acme/.git",
        "https://github.com/acme/../carts",
        "https://github.com/acme//carts",
        "https://github.com/acme/carts?x=1",
        "https://github.com/acme/carts\n",
        "file:///github.com/acme/carts",
        "git@github.com:/acme/carts",
        f"https://github.com/acme/{'x' * 512}",
    ],
)
def test_another_host_or_no_repository_is_refused(origin: str) -> None:
    with pytest.raises(InvalidField) as refused:
        parse_origin(origin)
    assert refused.value.field == "origin"


@given(names, names)
def test_https_and_ssh_lead_to_the_same_repository(owner: str, name: str) -> None:
    by_https = parse_origin(f"https://gitlab.com/{owner}/{name}.git")
    assert by_https == parse_origin(f"git@gitlab.com:{owner}/{name}.git")
    assert (by_https.type, by_https.owner, by_https.name) == (RepositoryType.GITLAB, owner, name)


@pytest.mark.parametrize(
    ("origin", "page"),
    [
        ("git@github.com:acme/carts.git", "https://github.com/acme/carts/commit/abc"),
        ("git@gitlab.com:acme/carts.git", "https://gitlab.com/acme/carts/-/commit/abc"),
        ("git@bitbucket.org:acme/carts.git", "https://bitbucket.org/acme/carts/commits/abc"),
    ],
)
def test_each_host_has_the_page_of_a_commit_elsewhere(origin: str, page: str) -> None:
    assert parse_origin(origin).commit_url("abc") == page


def test_a_sha_is_the_same_in_either_case() -> None:
    assert parse_sha("ABCdef0123") == "abcdef0123"


@pytest.mark.parametrize("sha", ["", "xyz", "abc ", "a" * 65, "HEAD"])
def test_what_is_no_sha_is_refused(sha: str) -> None:
    with pytest.raises(InvalidField, match="sha: "):
        parse_sha(sha)


def test_a_message_has_a_largest_size() -> None:
    assert check_message("x" * MOST_MESSAGE_BYTES)
    with pytest.raises(InvalidField, match="message: "):
        check_message("é" * (MOST_MESSAGE_BYTES // 2 + 1))
