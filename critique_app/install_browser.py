"""A browser for the tests: the one that is here, else Debian's chromium, else Playwright's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

_MACHINE_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MAC_CHROME = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"


def machine_browser() -> str | None:
    """The path of a Chromium or Chrome that this machine has."""
    found = next((path for path in map(shutil.which, _MACHINE_BROWSERS) if path), None)
    return found or (_MAC_CHROME if os.access(_MAC_CHROME, os.X_OK) else None)


def main() -> None:
    if machine_browser():
        return
    sys.stdout.write("setup | installing a browser for the tests\n")
    sys.stdout.flush()
    if shutil.which("apt-get") and os.geteuid() == 0:
        quiet = {"stdout": subprocess.DEVNULL, "env": os.environ | {"DEBIAN_FRONTEND": "noninteractive"}}
        for command in (["apt-get", "update", "-q"], ["apt-get", "install", "-y", "-q", "chromium"]):
            if subprocess.run(command, check=False, **quiet).returncode:  # type: ignore[call-overload]
                sys.exit(f"setup | {' '.join(command)} failed; install chromium by hand, then make test again.")
    elif subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False).returncode:
        sys.exit("setup | No browser for the tests; install Chromium or Chrome, then make test again.")


if __name__ == "__main__":
    main()
