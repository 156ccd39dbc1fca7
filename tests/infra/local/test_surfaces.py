from __future__ import annotations

from pathlib import Path

import pytest

from infra.local import surfaces
from infra.local.errors import LocalCloudError
from infra.surfaces import surface_names

ROUTES = """
from sluiceway.http.routes import Caller, Route, Size
ROOTS = ["/"]
ROUTES = [Route("GET", "/", "answer", Caller.ANYONE, size=Size(memory=128, timeout=29))]
"""
_names = (f"surface_of_a_test_{number}" for number in range(1_000))


@pytest.fixture
def surface(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only surface, with a name that no other test has loaded."""
    monkeypatch.setattr(surfaces, "surface_names", lambda: surface_names(tmp_path))
    monkeypatch.syspath_prepend(tmp_path)
    package = tmp_path / next(_names)
    package.mkdir()
    (package / "_routes.py").write_text(ROUTES)
    return package


def test_every_route_has_its_handler(surface: Path) -> None:
    (surface / "answer.py").write_text("def handler(event, context): return {'statusCode': 204}")
    match = surfaces.local_origin().match("GET", "/")

    assert match is not None
    assert (match.route.module, match.target({}, None)) == ("answer", {"statusCode": 204})


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("def handler(:", "SyntaxError: invalid syntax"),
        ("import absent", "ModuleNotFoundError: No module named 'absent'"),
        ("{}['TABLE']", "KeyError: 'TABLE'"),
        ("raise ValueError('first\\nsecond')", r"ValueError: first\)"),
    ],
)
@pytest.mark.parametrize("module", ["answer", "_routes"])
def test_a_module_that_does_not_load_is_named_in_one_line(surface: Path, module: str, code: str, problem: str) -> None:
    (surface / f"{module}.py").write_text(code)

    with pytest.raises(LocalCloudError, match=rf"^The module {surface.name}\.{module} does not load \({problem}.*$"):
        surfaces.local_origin()


def test_a_module_without_a_handler_is_named(surface: Path) -> None:
    (surface / "answer.py").touch()

    with pytest.raises(
        LocalCloudError, match=rf"^The module {surface.name}\.answer of .+ has no function `handler`\.$"
    ):
        surfaces.local_origin()
