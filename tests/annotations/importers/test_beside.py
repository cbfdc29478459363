"""Archives are read without paths, and bombs are refused before they are unpacked. All constructed."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from annotations.core.images import ImageError
from annotations.importers import beside
from annotations.importers.beside import Archive, ArchiveError, Folder, folder_table, is_archive


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as made:
        for name, content in members.items():
            made.writestr(name, content)
    out.seek(0)
    return out


def test_the_table_and_its_images_by_path_name_or_folder() -> None:
    file = zipped(
        {"set/rows.csv": b"q\nWhy?\n", "set/img/a.png": b"A", "other/b.png": b"B", "__MACOSX/._rows.csv": b""}
    )
    assert is_archive(file)
    with Archive(file) as archive:
        assert archive.table.read() == b"q\nWhy?\n"
        assert archive.read("img/a.png") == archive.read("set/img/a.png") == archive.read("a.png") == b"A"
        assert archive.read("b.png") == b"B"
        with pytest.raises(ImageError):
            archive.read("c.png")


@pytest.mark.parametrize("path", ["../../etc/passwd", "/etc/passwd", "..\\..\\a.png", "img/../../../a.png"])
def test_no_path_leaves_the_archive(path: str) -> None:
    with (
        Archive(zipped({"rows.csv": b"q\n", "etc/hosts": b"", "x/passwd.png": b""})) as archive,
        pytest.raises(ImageError),
    ):
        archive.read(path)


def test_a_member_whose_name_climbs_is_only_a_name() -> None:
    with Archive(zipped({"rows.csv": b"q\n", "../../evil.png": b"E"})) as archive:
        assert archive.read("evil.png") == b"E"


def test_a_name_that_two_folders_have_is_not_guessed() -> None:
    with Archive(zipped({"rows.csv": b"q\n", "a/1.png": b"1", "b/1.png": b"2"})) as archive:
        with pytest.raises(ImageError):
            archive.read("1.png")
        assert archive.read("b/1.png") == b"2"


def test_a_link_is_no_member() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("rows.csv", "q\n")
        link = zipfile.ZipInfo("a.png")
        link.external_attr = 0o120777 << 16
        made.writestr(link, "/etc/passwd")
    with Archive(out) as archive, pytest.raises(ImageError):
        archive.read("a.png")


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"rows.csv": b"0" * 3_000_000}, "to 1"),  # a thousand to one
        ({"a.csv": b"", "b.csv": b""}, "exactly one data file"),
        ({"a.png": b""}, "exactly one data file"),
    ],
)
def test_what_is_refused_at_once(members: dict[str, bytes], expected: str) -> None:
    with pytest.raises(ArchiveError, match=expected), Archive(zipped(members)):
        pass


def test_bounds_of_count_bytes_and_method(monkeypatch: pytest.MonkeyPatch) -> None:
    members = {"rows.csv": b"q\n", "a.png": b"12345"}
    with pytest.raises(ArchiveError, match="stored or deflated"), Archive(zipped(members, zipfile.ZIP_BZIP2)):
        pass
    monkeypatch.setattr(beside, "MAX_MEMBERS", 1)
    with pytest.raises(ArchiveError, match="files in an archive"), Archive(zipped(members)):
        pass
    monkeypatch.undo()
    monkeypatch.setattr(beside, "MAX_TOTAL_BYTES", 5)
    with pytest.raises(ArchiveError, match="unpacked"), Archive(zipped(members)):
        pass
    monkeypatch.undo()
    monkeypatch.setattr(beside, "MAX_TABLE_BYTES", 1)
    with pytest.raises(ArchiveError, match="data file of at most"), Archive(zipped(members)):
        pass
    monkeypatch.undo()
    large = zipped({"rows.csv": b"q\n", "a.png": bytes(21 * 1024**2)}, zipfile.ZIP_STORED)
    with Archive(large) as archive, pytest.raises(ImageError, match="20 MB"):
        archive.read("a.png")


@pytest.mark.parametrize("content", [b"PK\x03\x04rubbish", b"PK\x03\x04"])
def test_a_broken_archive_says_so(content: bytes) -> None:
    with pytest.raises(ArchiveError, match="a whole zip file"), Archive(io.BytesIO(content)):
        pass


def test_a_member_that_was_damaged_is_an_error_of_its_image() -> None:
    content = bytearray(zipped({"rows.csv": b"q\n", "a.png": b"A" * 50}, zipfile.ZIP_STORED).getvalue())
    content[content.index(b"AAAA")] = ord("B")
    with Archive(io.BytesIO(bytes(content))) as archive, pytest.raises(ImageError, match="archive that can be read"):
        archive.read("a.png")


def test_a_folder_has_one_table_and_is_never_left(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("q\n")
    (tmp_path / "a.png").write_bytes(b"A")
    assert folder_table(tmp_path) == tmp_path / "rows.csv"
    assert Folder(tmp_path).read("a.png") == b"A"
    for path in ("../rows.csv", "/etc/passwd", "b.png"):
        with pytest.raises(ImageError):
            Folder(tmp_path).read(path)
