from __future__ import annotations

from tests.support.service import service

__all__ = ["service"]
