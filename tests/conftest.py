"""What holds for every test: the longer profile of `make soak`, no skips in the pipeline, one shared service."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

from tests.support.service import stop_shared_service

settings.register_profile("sluiceway", deadline=None)
settings.register_profile("soak", deadline=None, max_examples=2_000)
settings.load_profile("sluiceway")

_IN_PIPELINE = "SLUICEWAY_CI"


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workerinput"):
        return
    stop_shared_service(session.config)
    if os.environ.get(_IN_PIPELINE) and _not_run(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The tests' own names follow in the short summary."""
    not_run = _not_run(terminalreporter.config)
    if not_run and os.environ.get(_IN_PIPELINE):
        terminalreporter.write_line(f"{_IN_PIPELINE} is set: {not_run} skipped or xfailed tests fail the run", red=True)


def _not_run(config: pytest.Config) -> int:
    reporter = config.pluginmanager.getplugin("terminalreporter")
    return sum(len(reporter.stats.get(outcome, [])) for outcome in ("skipped", "xfailed")) if reporter else 0
