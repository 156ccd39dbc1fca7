"""Runs the engine, unmodified, until the process that started it is gone.

The starter holds the other end of standard input: it closes when the starter ends, however it ends, so that a killed
service leaves no engine behind.
"""

import os
import runpy
import signal
import sys
import threading


def _stop_with_the_starter() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=_stop_with_the_starter, daemon=True).start()
    runpy.run_module("ministack", run_name="__main__", alter_sys=True)
