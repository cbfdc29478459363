"""A client of Second Look's API in one file: standard library alone, typed, to be copied beside your own code.

    look = SecondLook("https://second-look.example.org", token)      # or both from SECOND_LOOK and TOKEN
    look.push("my-project", "responses", [{"key": "run7/p1/3", "problem": "p1", "source_text": "…"}])
    for critique in look.critiques("my-project", response="run7/p1/3", latest=True):
        print(critique["author"]["name"], critique["answer"])
    look.pull("my-dataset", 3, Path("data"))                          # resumes, and checks each file's SHA-256

Calls that the network or the server broke are made again with a pause; pushing twice is safe, since keys make it so.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any, Literal
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

Kind = Literal["problems", "responses", "critiques"]
Record = dict[str, Any]
RECORDS_A_CALL = 500
ATTEMPTS = 5
TIMEOUT_SECONDS = 60.0
BLOCK = 1024 * 1024
_AGAIN = frozenset({429, 500, 502, 503, 504})


class Refused(Exception):
    """The server said no: `status`, `detail`, and `errors` by field."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.detail: str = problem.get("detail", "")
        self.errors: list[dict[str, str]] = problem.get("errors", [])
        fields = "; ".join(f"{error['field']}: {error['detail']}" for error in self.errors)
        super().__init__(f"{status}: {self.detail} {fields}".strip())


@dataclass
class Pushed:
    """How many records were added or there already, and those that were refused, with index and errors."""

    added: int = 0
    already_there: int = 0
    refused: list[Record] = field(default_factory=list)


class SecondLook:
    def __init__(self, server: str = "", token: str = "") -> None:
        self.server = (server or os.environ["SECOND_LOOK"]).rstrip("/")
        self._token = token or os.environ["TOKEN"]

    # --- Reading ----------------------------------------------------------------------------------------------------

    def me(self) -> Record:
        return self._json("GET", "me")

    def projects(self) -> Iterator[Record]:
        return self._pages("projects/", {})

    def problems(self, project: str, **filters: Any) -> Iterator[Record]:
        return self._pages(f"projects/{quote(project)}/problems/", filters)

    def responses(self, project: str, **filters: Any) -> Iterator[Record]:
        return self._pages(f"projects/{quote(project)}/responses/", filters)

    def critiques(self, project: str, **filters: Any) -> Iterator[Record]:
        return self._pages(f"projects/{quote(project)}/critiques/", filters)

    # --- Pushing ----------------------------------------------------------------------------------------------------

    def push(self, project: str, kind: Kind, records: Iterable[Record]) -> Pushed:
        """In calls of 500; what is refused is told, and the rest lands."""
        pushed, sent, waiting = Pushed(), 0, list[Record]()
        for record in records:
            waiting.append(record)
            if len(waiting) == RECORDS_A_CALL:
                self._push(project, kind, waiting, sent, pushed)
                sent, waiting = sent + len(waiting), []
        if waiting:
            self._push(project, kind, waiting, sent, pushed)
        return pushed

    def _push(self, project: str, kind: Kind, records: Sequence[Record], before: int, pushed: Pushed) -> None:
        told = self._json("POST", f"projects/{quote(project)}/{kind}/", {"records": records})
        pushed.added += told["counts"]["added"]
        pushed.already_there += told["counts"]["already_there"]
        pushed.refused += [
            {**result, "index": before + result["index"]} for result in told["results"] if result["status"] == "refused"
        ]

    # --- Running and publishing ---------------------------------------------------------------------------------------

    def run(self, project: str, critic: str, **more: Any) -> Record:
        """Starts a critic's run; `responses=[key, …]`, `samples`, `seed` and so on as the API has them."""
        return self._json("POST", f"projects/{quote(project)}/runs/", {"critic": critic, **more})

    def run_state(self, project: str, run: str) -> Record:
        return self._json("GET", f"projects/{quote(project)}/runs/{quote(run)}/")

    def publish(self, project: str, name: str, format: str, **more: Any) -> Record:
        return self._json("POST", f"projects/{quote(project)}/datasets/", {"name": name, "format": format, **more})

    # --- Pulling ------------------------------------------------------------------------------------------------------

    def manifest(self, dataset: str, version: int) -> Record:
        return self._json("GET", f"datasets/{quote(dataset)}/versions/{version}/")

    def pull(self, dataset: str, version: int, folder: Path) -> list[Path]:
        """Every file of the version into the folder. A file that is there whole stays; half of one is gone on with.

        Raises ValueError where the bytes are not those of the manifest.
        """
        return [self._pull_file(file, folder) for file in self.manifest(dataset, version)["files"]]

    def _pull_file(self, file: Record, folder: Path) -> Path:
        target = folder / file["name"]
        if not target.resolve().is_relative_to(folder.resolve()):
            raise ValueError(f"a file's name leads out of the folder: {file['name']}")
        if target.exists() and _sha256(target) == file["sha256"]:
            return target
        part = target.with_name(target.name + ".part")
        part.parent.mkdir(parents=True, exist_ok=True)
        path = f"datasets/{file['url'].rpartition('/api/v1/datasets/')[2]}"
        for attempt in range(ATTEMPTS):
            try:
                self._append(path, part, file["bytes"])
                break
            except (HTTPException, OSError) as error:
                if isinstance(error, HTTPError) and error.code not in _AGAIN:
                    raise Refused(error.code, _problem(error)) from error
                if attempt == ATTEMPTS - 1:
                    raise
                time.sleep(2**attempt)
        if _sha256(part) != file["sha256"]:
            part.unlink()
            raise ValueError(f"{file['name']} is not what the manifest says; pull it again")
        return part.replace(target)

    def _append(self, path: str, part: Path, size: int) -> None:
        held = part.stat().st_size if part.exists() else 0
        if held >= size:
            return
        headers = {"Range": f"bytes={held}-"} if held else {}
        with (
            urlopen(self._request("GET", path, headers=headers), timeout=TIMEOUT_SECONDS) as answer,  # noqa: S310
            part.open("ab" if answer.status == 206 else "wb") as out,
        ):
            while block := answer.read(BLOCK):
                out.write(block)
        if part.stat().st_size < size:
            raise URLError("the connection ended early")

    # --- HTTP ---------------------------------------------------------------------------------------------------------

    def _pages(self, path: str, filters: Mapping[str, Any]) -> Iterator[Record]:
        address = f"{path}?{urlencode({name: _word(value) for name, value in filters.items()})}"
        while address:
            page = self._json("GET", address)
            yield from page["results"]
            address = page["next"].rpartition("/api/v1/")[2] if page["next"] else ""

    def _json(self, method: str, path: str, body: Any = None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        for attempt in range(ATTEMPTS):
            try:
                with urlopen(self._request(method, path, content), timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
                    return json.load(answer)
            except HTTPError as error:
                if error.code not in _AGAIN or attempt == ATTEMPTS - 1:
                    raise Refused(error.code, _problem(error)) from error
                time.sleep(float(error.headers.get("Retry-After") or 2**attempt))
            except (HTTPException, OSError):
                if attempt == ATTEMPTS - 1:
                    raise
                time.sleep(2**attempt)
        raise AssertionError("unreachable")

    def _request(
        self, method: str, path: str, content: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Request:
        told = {"Authorization": f"Bearer {self._token}", "Accept": "application/json", **(headers or {})}
        if content is not None:
            told["Content-Type"] = "application/json"
        return Request(f"{self.server}/api/v1/{path}", content, told, method=method)  # noqa: S310


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _problem(error: HTTPError) -> Mapping[str, Any]:
    try:
        told = json.load(error)
    except ValueError:
        return {"detail": error.reason}
    return told if isinstance(told, dict) else {"detail": str(told)}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
