"""Inputs as paths and URLs."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import fsspec
import pytest

from pipeline.batch.fetching import Copy
from pipeline.batch.ledger import Ledger
from pipeline.batch.places import find_inputs, fingerprint, missing, path_of, source_of, with_login
from pipeline.batch.shards import Shard
from tests.support.waiting import until


@pytest.fixture
def store() -> Iterator[fsspec.AbstractFileSystem]:
    """An object store in memory, empty."""
    files = fsspec.filesystem("memory")
    files.store.clear()
    files.pseudo_dirs[:] = [""]
    yield files
    files.store.clear()
    files.pseudo_dirs[:] = [""]


def test_a_folder_behind_a_url_stands_for_its_files(store: fsspec.AbstractFileSystem) -> None:
    """As a folder on this machine does: sorted, once, without hidden files and folders below."""
    for name in ("b.mp4", "a.mp4", ".hidden.mp4", "below/c.mp4"):
        store.pipe(f"/films/{name}", b"x")

    both = ["memory://films/a.mp4", "memory://films/b.mp4"]
    for place in ("memory://films", "memory://films/", "memory://films/*.mp4", "MEMORY://films"):
        assert find_inputs([place, both[1]]) == (both, [])


def test_results_beside_recordings_are_no_recordings(tmp_path: Path, store: fsspec.AbstractFileSystem) -> None:
    """`emobot batch . --out .` twice; a folder without a ledger may have a file of that name."""
    for name in ("a.mp4", "index.html"):
        store.pipe(f"/films/{name}", b"x")
        (tmp_path / name).write_text("x")
    for place in (str(tmp_path), "memory://films"):
        assert find_inputs([place]).files == [f"{place}/a.mp4", f"{place}/index.html"]
    store.pipe("/films/batch.json", b"x")
    (tmp_path / "batch.json").write_text("x")
    for place in (str(tmp_path), "memory://films"):
        assert find_inputs([place]).files == [f"{place}/a.mp4"]


def test_a_file_has_one_name_from_every_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else `emobot batch ..` would process everything again; a link keeps its own name, and .. follows it."""
    (tmp_path / "films" / "day").mkdir(parents=True)
    (tmp_path / "films" / "a.mp4").touch()
    (tmp_path / "link").symlink_to(tmp_path / "films" / "day")
    monkeypatch.chdir(tmp_path / "films" / "day")
    film = str(tmp_path / "films" / "a.mp4")

    assert find_inputs(["..", "../", "../a.mp4", "../day/../a.mp4", f"{tmp_path}/link/.."]).files == [film]
    assert source_of(f"{tmp_path}/link/a.mp4") == f"{tmp_path}/link/a.mp4"
    (tmp_path / "films" / "loop").symlink_to("loop")
    assert source_of(f"{tmp_path}/films/loop/../a.mp4").endswith("a.mp4")


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    """Also a name that is too long for any file."""
    (tmp_path / "a.mp4").touch()
    assert missing(str(tmp_path / "a.mp4")) == missing("s3://lab/a.mp4") == ""
    assert missing("/dev/null") == "a pipe or a device"
    long = f"/{'x' * 300}"
    assert missing(long) == "nothing"
    assert find_inputs([long]).errors == [f"expected to read {long}, found File name too long"]


def test_links_that_lead_nowhere_cost_no_other_file(tmp_path: Path) -> None:
    """One to itself ended a whole batch; one to nothing was left out in silence. Both are files, which are missing."""
    links = {"b.mp4": "b.mp4", "c.mp4": "nothing.mp4", "folder": ".", "pipe": "/dev/null"}
    (tmp_path / "a.mp4").touch()
    for name, target in links.items():
        (tmp_path / name).symlink_to(target)
    found = find_inputs([tmp_path])

    assert found == ([str(tmp_path / name) for name in ("a.mp4", "b.mp4", "c.mp4")], [])
    assert [missing(file) for file in found.files] == ["", "nothing", "nothing"]


@pytest.mark.parametrize(
    "name", ["a b.mp4", "a#1.mp4", "a?x=1.mp4", "a%20b.mp4", "[x].mp4", "\u00e9 \u00fc.mp4", "a:b.mp4"]
)
def test_any_name_is_found(tmp_path: Path, store: fsspec.AbstractFileSystem, name: str) -> None:
    """By its folder, and by its own URL; what is copied is that file."""
    store.pipe(f"/odd films#1/{name}", name.encode())
    found = find_inputs(["memory://odd films#1"])

    assert found == ([f"memory://odd films#1/{name}"], []) == find_inputs(found.files)
    copy = Copy(found.files[0], tmp_path / "copy")
    until(lambda: copy.done)
    assert (copy.error, (tmp_path / "copy").read_text()) == ("", name)


class _Refusing(BaseHTTPRequestHandler):
    """Answers with the status that is the path."""

    def do_GET(self) -> None:
        self.send_error(int(self.path.strip("/")))

    do_HEAD = do_GET

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_a_web_address_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    """The library reports a file that was not found for a server that is not there or wants a login, too."""
    with HTTPServer(("127.0.0.1", 0), _Refusing) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        place = f"http://127.0.0.1:{server.server_port}"
        found = find_inputs([f"{place}/404", f"{place}/403"]).errors
        copies = [Copy(f"{place}/{status}", tmp_path / "copy") for status in (404, 403)]
        until(lambda: all(copy.done for copy in copies))
        server.shutdown()
        thread.join()
    assert found[0] == f"expected a file, found nothing: {place}/404"
    assert found[1].startswith(f"expected to read {place}/403, found ClientResponseError: 403")
    assert [copy.fault for copy in copies] == ["absent", "login"]
    assert "found ClientConnectorError" in find_inputs([f"{place}/404"]).errors[0]


def test_a_folder_without_recordings_is_one_line(tmp_path: Path) -> None:
    """It names the folders in it: they are not searched."""
    for name in ("anna", "ben", "cleo", "dan", ".cache"):
        (tmp_path / "in" / name).mkdir(parents=True)
    (tmp_path / "in/anna/a.mp4").touch()
    (tmp_path / "in/.hidden.mp4").touch()
    found = find_inputs([tmp_path / "in", tmp_path / "in/ben", tmp_path / "in/anna"])

    assert found.files == [str(tmp_path / "in/anna/a.mp4")]
    assert found.errors == [
        f"expected recordings, found none, in {tmp_path / 'in'}: give its folders, anna, ben, cleo and 1 more",
        f"expected recordings, found none, in {tmp_path / 'in/ben'}",
    ]


def test_results_beside_their_recordings_are_none(tmp_path: Path) -> None:
    """A second `emobot batch FOLDER --out FOLDER` finds what the first one found."""
    for name in ("a.mp4", "index.html"):
        (tmp_path / name).touch()
    assert len(find_inputs([tmp_path]).files) == 2
    for name in ("batch.json", "plot-timeline.svg", "plot-timeline-2.png"):
        (tmp_path / name).touch()

    assert find_inputs([tmp_path]).files == [str(tmp_path / "a.mp4")]
    assert find_inputs([tmp_path / "index.html"]).files == [str(tmp_path / "index.html")]


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("memory://films/none.mp4", "expected a file, found nothing: memory://films/none.mp4"),
        ("nowhere://films/a.mp4", "expected to read nowhere://films/a.mp4, found ValueError: Protocol not known"),
        (
            "zip://a.mp4::sftp://ann:secret@host/x.zip",
            "expected a URL of one file system, found a chain of several (::): zip://***@host/x.zip",
        ),
        (
            "filecache::s3://me:secret@bucket/a.mp4",
            "expected a URL of one file system, found a chain of several (::): f",
        ),
        ("rtsp://camera/live", "expected to read rtsp://camera/live, found ValueError: Protocol not known"),
    ],
)
def test_what_cannot_be_listed_costs_only_itself(tmp_path: Path, url: str, error: str) -> None:
    """One line gives the reason, and the others are found."""
    (tmp_path / "a.mp4").touch()
    found = find_inputs([url, tmp_path])

    assert found.files == [str(tmp_path / "a.mp4")]
    assert len(found.errors) == 1 and found.errors[0].startswith(error) and "\n" not in found.errors[0]
    assert "secret" not in found.errors[0]


class Anything(fsspec.AbstractFileSystem):
    """A file system that has every file with colons in its path or host."""

    protocol = "anything"

    def info(self, path: str, **options: object) -> dict[str, object]:
        """Return that there is a file."""
        if "::" not in path:
            raise FileNotFoundError(path)
        return {"name": path, "type": "file", "size": 1}


@pytest.mark.parametrize("url", ["anything://[::1]:22/a.mp4", "anything://bucket/a::b.mp4"])
def test_colons_in_an_address_or_a_name_are_no_chain(url: str) -> None:
    """Only those between two file systems are."""
    fsspec.register_implementation("anything", Anything, clobber=True)
    assert find_inputs([url]) == ([url], [])


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line names the package, as fsspec does."""
    monkeypatch.setitem(__import__("sys").modules, "smbprotocol", None)
    (line,) = find_inputs(["smb://server/share/a.mp4"]).errors

    assert line.startswith("expected a package for smb:// for smb://server/share/a.mp4, found none: ")
    monkeypatch.setitem(__import__("sys").modules, "fsspec", None)
    (line,) = find_inputs(["s3://bucket/a.mp4"]).errors
    assert line == "expected the package fsspec for s3://bucket/a.mp4, found none: pip install 'emobot[cloud]'"


def test_a_password_is_used_and_neither_stored_nor_shown(tmp_path: Path) -> None:
    """The ledger knows the URL without it."""
    source = source_of("sftp://ann:se:cr@et@host:22/films/a.mp4")
    (entry,) = Ledger(tmp_path).enter([source])

    assert source == entry.source == "sftp://ann@host:22/films/a.mp4"
    assert with_login(source) == "sftp://ann:se:cr@et@host:22/films/a.mp4"
    assert "cr@et" not in (tmp_path / "batch.json").read_text()
    assert source_of("sftp://host/a.mp4") == with_login("sftp://host/a.mp4") == "sftp://host/a.mp4"


def test_a_changed_object_is_another_version(store: fsspec.AbstractFileSystem) -> None:
    """An object that vanishes is absent."""
    store.pipe("/films/a.mp4", b"x")
    first = fingerprint("memory://films/a.mp4")
    store.pipe("/films/a.mp4", b"xy")

    assert fingerprint("memory://films/a.mp4") not in (first, "absent")
    store.rm("/films/a.mp4")
    assert fingerprint("memory://films/a.mp4", fresh=False) != "absent"
    assert fingerprint("memory://films/a.mp4") == "absent"


def test_a_url_has_the_part_of_its_name() -> None:
    """The same as on a mounted folder; the signature of a web address does not matter."""
    part = [number for number in range(1000) if Shard(number, 1000).has("s3://bucket/films/x.mp4")]

    assert part == [405]
    assert path_of("https://host/films/x.mp4?token=1").stem == "x"
