"""Runs the engine until the process that started it is gone.

The starter holds the other end of standard input: it closes when the starter ends, however it ends, so that a killed
service leaves no engine behind. The engine is as it was published but for the time-out of a callback: AWS evaluates an
expression there (Amazon States Language, JSONata), the engine takes it for a number.
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
_evaluated = threading.local()


def _stop_with_the_starter() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _evaluate_time_outs() -> None:
    """Evaluate the time-out of a state along with its arguments, and wait for the callback as long as that says."""
    apply_arguments, invoke = stepfunctions._apply_jsonata_arguments, stepfunctions._invoke_with_callback

    def apply_both(state: Any, given: Any, context: Any) -> Any:  # noqa: ANN401 - as the engine calls it
        if _TIMEOUT in state:
            _evaluated.timeout = stepfunctions._jsonata_state_field(state, _TIMEOUT, "number", given, context)
        return apply_arguments(state, given, context)

    def invoke_for_so_long(resource: Any, given: Any, token: Any, state: Any) -> Any:  # noqa: ANN401 - as above
        return invoke(resource, given, token, {**state, _TIMEOUT: _evaluated.timeout})

    stepfunctions._apply_jsonata_arguments = apply_both
    stepfunctions._invoke_with_callback = invoke_for_so_long


if __name__ == "__main__":
    _evaluate_time_outs()
    threading.Thread(target=_stop_with_the_starter, daemon=True).start()
    runpy.run_module("ministack", run_name="__main__", alter_sys=True)
