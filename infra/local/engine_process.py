"""Runs the engine until the process that started it is gone.

The starter holds the other end of standard input: it closes when the starter ends, however it ends, so that a killed
service leaves no engine behind. The engine is as it was published but for tasks that wait for a callback. AWS evaluates
an expression as their time-out (Amazon States Language, JSONata), the engine takes it for a number; and a function that
fails is the end of such a task on AWS, where the engine goes on waiting. Their time-outs are scaled as all waits are.
"""

# ruff: noqa: SLF001 - the engine offers no other way to what it evaluates

import os
import runpy
import signal
import sys
import threading
from typing import Any

from ministack.services import stepfunctions  # type: ignore[import-untyped] # it ships none

_TIMEOUT = "TimeoutSeconds"


class _Task(threading.local):
    """The task that an execution is at; each execution has a thread of its own."""

    timeout: float = 0
    awaits_callback = False


_task = _Task()


def _stop_with_the_starter() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


class _FunctionFailedError(Exception):
    """The function that was to see to the callback failed: none will come."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


def _wait_for_callbacks_as_aws_does() -> None:
    """Evaluate the time-out of a state along with its arguments, and end the wait for what will not come."""
    apply_arguments, call = stepfunctions._apply_jsonata_arguments, stepfunctions._call_lambda
    invoke = stepfunctions._invoke_with_callback

    def apply_both(state: Any, given: Any, context: Any) -> Any:  # noqa: ANN401 - as the engine calls it
        if _TIMEOUT in state:
            _task.timeout = stepfunctions._jsonata_state_field(state, _TIMEOUT, "number", given, context)
        return apply_arguments(state, given, context)

    def call_or_end(function: Any, event: Any) -> Any:  # noqa: ANN401 - as above
        try:
            return call(function, event)
        except stepfunctions._ExecutionError as error:
            if _task.awaits_callback:
                raise _FunctionFailedError(error) from error
            raise

    def invoke_for_so_long(resource: Any, given: Any, token: Any, state: Any) -> Any:  # noqa: ANN401 - as above
        scaled = _task.timeout * stepfunctions._SFN_WAIT_SCALE
        _task.awaits_callback = True
        try:
            return invoke(resource, given, token, {**state, _TIMEOUT: scaled})
        except _FunctionFailedError as failed:
            stepfunctions._task_tokens.pop(token, None)
            raise failed.error from failed
        finally:
            _task.awaits_callback = False

    stepfunctions._apply_jsonata_arguments, stepfunctions._call_lambda = apply_both, call_or_end
    stepfunctions._invoke_with_callback = invoke_for_so_long


if __name__ == "__main__":
    _wait_for_callbacks_as_aws_does()
    threading.Thread(target=_stop_with_the_starter, daemon=True).start()
    runpy.run_module("ministack", run_name="__main__", alter_sys=True)
