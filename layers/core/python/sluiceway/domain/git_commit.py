"""A commit in a git repository, as far as configurations refer to it (miru contract 5.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from sluiceway.domain.errors import InvalidField

MOST_MESSAGE_BYTES = 64 * 1024
MOST_ORIGIN_CHARACTERS = 512
_SHA = re.compile(r"[0-9a-f]{1,64}")
_URL = re.compile(r"(?:https?|ssh|git\+ssh)://(?:[^/@]*@)?(?P<host>[^/:@]+)(?::[0-9]+)?/(?P<path>.+)", re.IGNORECASE)
_SCP = re.compile(r"(?:[^/@:]+@)?(?P<host>[^/:@]+):(?P<path>[^/].*)")
_PATH = re.compile(r"(?P<owner>[\w.~-]+(?:/[\w.~-]+)*)/(?P<name>[\w.~-]+)", re.ASCII)


class RepositoryType(StrEnum):
    """Who hosts a repository."""

    GITHUB = "github"
    GITLAB = "gitlab"
    BITBUCKET = "bitbucket"


class _Host(NamedTuple):
    """Where a host's pages are, and what stands between a repository and the id of a commit in their paths."""

    domain: str
    commits: str


_HOSTS: Mapping[RepositoryType, _Host] = MappingProxyType(
    {
        RepositoryType.GITHUB: _Host("github.com", "commit"),
        RepositoryType.GITLAB: _Host("gitlab.com", "-/commit"),
        RepositoryType.BITBUCKET: _Host("bitbucket.org", "commits"),
    }
)
_TYPES: Mapping[str, RepositoryType] = MappingProxyType(
    {
        "github.com": RepositoryType.GITHUB,
        "www.github.com": RepositoryType.GITHUB,
        "ssh.github.com": RepositoryType.GITHUB,
        "gitlab.com": RepositoryType.GITLAB,
        "altssh.gitlab.com": RepositoryType.GITLAB,
        "bitbucket.org": RepositoryType.BITBUCKET,
        "altssh.bitbucket.org": RepositoryType.BITBUCKET,
    }
)
"""The hosts' names in clone URLs; those with `ssh` serve it where only port 443 is open."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository; the groups that a GitLab project is in are all its owner."""

    type: RepositoryType
    owner: str
    name: str

    @property
    def url(self) -> str:
        """Its page, which can be cloned too."""
        return f"https://{_HOSTS[self.type].domain}/{self.owner}/{self.name}"

    def commit_url(self, sha: str) -> str:
        """Return the page of a commit."""
        return f"{self.url}/{_HOSTS[self.type].commits}/{sha}"


@dataclass(frozen=True, slots=True)
class GitCommit:
    """What is stored of it: there is one for each repository and sha."""

    workspace: str
    id: str
    sha: str
    message: str
    repository: Repository
    created: datetime

    @property
    def url(self) -> str:
        """Its page."""
        return self.repository.commit_url(self.sha)


def parse_origin(origin: str) -> Repository:
    """Read a clone URL, https or ssh; credentials in it are left behind. Raises InvalidField for any other host."""
    found = None if len(origin) > MOST_ORIGIN_CHARACTERS else _URL.fullmatch(origin) or _SCP.fullmatch(origin)
    kind = _TYPES.get(found["host"].lower()) if found else None
    path = _PATH.fullmatch(found["path"].rstrip("/").removesuffix(".git")) if found else None
    if kind is None or path is None or any(step in {"", ".", ".."} for step in path[0].split("/")):
        raise InvalidField(
            "origin", "must be the https or ssh clone URL of a repository at GitHub, GitLab or Bitbucket"
        )
    return Repository(kind, path["owner"], path["name"])


def parse_sha(sha: str) -> str:
    """Return the id of a commit in lower case. Raises InvalidField unless it is hexadecimal, 64 digits at most."""
    if not _SHA.fullmatch(sha.lower()):
        raise InvalidField("sha", "must be the id of a commit in hexadecimal digits")
    return sha.lower()


def check_message(message: str) -> str:
    """Return the message of a commit. Raises InvalidField above 64 KiB."""
    if len(message.encode()) > MOST_MESSAGE_BYTES:
        raise InvalidField("message", f"must have at most {MOST_MESSAGE_BYTES} bytes")
    return message
