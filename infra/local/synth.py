"""Runs the CDK app, and keeps its result until something that goes into it changes."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from infra.local.aws import without_aws
from infra.local.errors import LocalCloudError

ROOT = Path(__file__).parents[2]
_SOURCES = ("infra", "functions", "layers", "uv.lock")
_NOT_SYNTHESISED = ROOT / "infra" / "local"
_KEPT = 3


def synthesised(cache: Path) -> Path:
    """The cloud assembly of the sources as they are now. Raises LocalCloudError when the CDK app fails."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two services that start at once need one assembly
        assembly = cache / _digest()
        if not assembly.exists():
            _synthesise(cache, assembly)
            _prune(cache)
        return assembly


def _digest() -> str:
    digest = hashlib.sha256(sys.version.encode())
    for path in _source_files():
        digest.update(f"{path.relative_to(ROOT)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _source_files() -> Iterator[Path]:
    for source in _SOURCES:
        found = ROOT / source
        for path in sorted(found.rglob("*")) if found.is_dir() else [found]:
            if path.is_file() and "__pycache__" not in path.parts and not path.is_relative_to(_NOT_SYNTHESISED):
                yield path


def _synthesise(cache: Path, assembly: Path) -> None:
    with tempfile.TemporaryDirectory(dir=cache, prefix="unfinished-", ignore_cleanup_errors=True) as folder:
        finished = subprocess.run(
            [sys.executable, "-m", "infra.app"],
            cwd=ROOT,
            env=without_aws(os.environ) | {"CDK_OUTDIR": f"{folder}/assembly", "CDK_CONTEXT_JSON": '{"local": "true"}'},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if finished.returncode:
            last = (finished.stderr.strip() or "no output").splitlines()[-1]
            raise LocalCloudError(f"The stacks do not synthesise ({last}); run `make synth` to see all of it.")
        _keep(Path(folder, "assembly"), assembly)


def _keep(fresh: Path, assembly: Path) -> None:
    """Move into the cache in one step; another service may have put the same there meanwhile."""
    try:
        fresh.rename(assembly)
    except OSError:
        if not assembly.exists():
            raise


def _prune(cache: Path) -> None:
    assemblies = sorted((path for path in cache.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime)
    for old in assemblies[:-_KEPT]:
        shutil.rmtree(old, ignore_errors=True)
