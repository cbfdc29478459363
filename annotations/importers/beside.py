"""Images that a record names by path: in a folder of this machine, or in an uploaded archive.

A folder is never left, an archive is never unpacked: a member is found by its name as text, no path of it is ever
opened. Both refuse what is too much before it is read: bytes, ratio of compression, number of members.
"""

from __future__ import annotations

import posixpath
import shutil
import stat
import tempfile
import zipfile
import zlib
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol, Self

from annotations.core.images import MAX_BYTES, ImageError, check_size

MAX_MEMBERS = 200_000
MAX_TABLE_BYTES = 4 * 1024**3
MAX_TOTAL_BYTES = 64 * 1024**3  # of all members, unpacked
MAX_RATIO = 200  # JSON of one repeated record compresses by about 100
_SMALL_BYTES = 1024 * 1024  # below this the ratio of a member says nothing
_BLOCK = 1024 * 1024
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff")
TABLE_SUFFIXES = (".jsonl", ".json", ".csv", ".tsv", ".parquet", ".ndjson", ".txt")
ZIP_MAGIC = b"PK\x03\x04"


class Beside(Protocol):
    def read(self, path: str) -> bytes:
        """The bytes of the image at this path. Raises ImageError."""
        ...


class Folder:
    """Images beside an imported file, never outside of its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, path: str) -> bytes:
        try:
            file = (self.folder / path).resolve()
            if not file.is_relative_to(self.folder.resolve()):
                raise ImageError("a path inside the folder of the imported file", path)
            if not file.is_file():
                raise ImageError("the path of a file, relative to the imported file", f"no file at {path}")
            check_size(file.stat().st_size)
            return file.read_bytes()
        except (OSError, ValueError) as error:  # too long a name, a NUL in it, no permission
            if isinstance(error, ImageError):
                raise
            raise ImageError("a file that can be read", f"{path}: {error}"[:200]) from error


class ArchiveError(ValueError):
    """An archive that is not taken: what was expected, what was found."""

    def __init__(self, expected: str, found: str) -> None:
        self.expected, self.found = expected, found
        super().__init__(f"expected {expected}, found {found}")


def is_archive(file: BinaryIO) -> bool:
    head = file.read(len(ZIP_MAGIC))
    file.seek(0)
    return head == ZIP_MAGIC


class Archive:
    """`with Archive(file) as archive:` … `archive.table` is the one data file in it, `archive.read(path)` an image.

    Raises ArchiveError for what is no sound zip file, for one that is far larger than it looks, and where it does not
    hold exactly one data file. Memory holds the directory and one image.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.file = file

    def __enter__(self) -> Self:
        try:
            self._zip = zipfile.ZipFile(self.file)
        except (zipfile.BadZipFile, ValueError, OSError) as error:
            raise ArchiveError("a whole zip file", str(error)[:200]) from error
        members = [member for member in self._zip.infolist() if _is_file(member)]
        _check_members(members)
        self._members = {_name(member.filename): member for member in members}
        self.table_name = _table_name(list(self._members))
        self._table = tempfile.TemporaryFile()
        self._unpack_table(self._members[self.table_name])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._table.close()
        self._zip.close()

    @property
    def table(self) -> BinaryIO:
        return self._table

    def read(self, path: str) -> bytes:
        """By its path from the archive's root or from the table's folder, else by its name if only one has it."""
        asked = _name(path)
        beside = _name(posixpath.join(posixpath.dirname(self.table_name), asked))
        member = self._members.get(asked) or self._members.get(beside)
        if member is None:
            last = posixpath.basename(asked)
            same = [found for name, found in self._members.items() if posixpath.basename(name) == last]
            if len(same) != 1:
                raise ImageError("the path of a file in the archive", f"{len(same) or 'no'} files of the name {path}")
            member = same[0]
        check_size(member.file_size)
        try:
            with self._zip.open(member) as stream:
                content = stream.read(MAX_BYTES + 1)
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError) as error:
            raise ImageError("an archive that can be read", f"{path}: {error}"[:200]) from error
        check_size(len(content))
        return content

    def _unpack_table(self, member: zipfile.ZipInfo) -> None:
        if member.file_size > MAX_TABLE_BYTES:
            raise ArchiveError(f"a data file of at most {MAX_TABLE_BYTES // 1024**3} GB", f"{member.file_size:,} bytes")
        try:
            with self._zip.open(member) as stream:
                shutil.copyfileobj(stream, self._table, _BLOCK)  # at most as many bytes as the directory says
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError) as error:
            raise ArchiveError("an archive that can be read", str(error)[:200]) from error
        self._table.seek(0)


def folder_table(folder: Path) -> Path:
    """The one data file of a folder, images aside. Raises ArchiveError."""
    names = {path.name: path for path in sorted(folder.iterdir()) if path.is_file()}
    return names[_table_name(list(names))]


def _is_file(member: zipfile.ZipInfo) -> bool:
    """No folder, no link, and not what macOS puts beside each file."""
    is_link = stat.S_ISLNK(member.external_attr >> 16)
    return not (member.is_dir() or is_link or member.filename.startswith("__MACOSX/"))


def _name(path: str) -> str:
    """A member's name as a plain relative one: only ever compared, never opened."""
    return posixpath.normpath("/" + path.replace("\\", "/")).lstrip("/")


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MAX_MEMBERS:
        raise ArchiveError(f"at most {MAX_MEMBERS:,} files in an archive", f"{len(members):,}")
    total = sum(member.file_size for member in members)
    if total > MAX_TOTAL_BYTES:
        raise ArchiveError(f"at most {MAX_TOTAL_BYTES // 1024**3} GB in an archive, unpacked", f"{total:,} bytes")
    for member in members:
        if member.flag_bits & 0x1:
            raise ArchiveError("files without a password", member.filename[:200])
        if member.compress_type not in _METHODS:
            raise ArchiveError("files that are stored or deflated", f"{member.filename[:200]} by another method")
        if member.file_size > _SMALL_BYTES and member.file_size > MAX_RATIO * max(member.compress_size, 1):
            found = f"{member.filename[:200]} with {member.file_size / max(member.compress_size, 1):,.0f} to 1"
            raise ArchiveError(f"files compressed by at most {MAX_RATIO} to 1", found)


def _table_name(names: list[str]) -> str:
    found = [name for name in names if name.lower().endswith(TABLE_SUFFIXES)]
    at_top = [name for name in found if "/" not in name]
    chosen = found if len(found) == 1 else at_top
    if len(chosen) != 1:
        listed = ", ".join(sorted(found)[:5]) or "none"
        raise ArchiveError(f"exactly one data file ({', '.join(TABLE_SUFFIXES)}) beside the images", listed)
    return chosen[0]
