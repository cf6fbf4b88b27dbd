"""Key files: who may read them, and what is refused."""

import os
import stat
from pathlib import Path

import pytest
import zmq.auth

from pipeline.config.keys import digest, is_key, read_clients, read_pair, read_public, write_pair
from pipeline.errors import ConfigError


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    """The file of a new key pair."""
    return write_pair(tmp_path / "shop")[0]


def test_a_new_pair_is_for_its_owner_alone(pair: Path) -> None:
    """Whatever the umask; pyzmq reads both files, and nothing overwrites them."""
    found, public = read_pair(pair), pair.with_suffix(".key")

    assert stat.S_IMODE(pair.stat().st_mode) == 0o600
    assert zmq.auth.load_certificate(pair) == (found.public.encode(), found.secret.encode())
    assert zmq.auth.load_certificate(public) == (found.public.encode(), None)
    assert read_public(str(public)) == read_public(str(pair)) == read_public(found.public) == found.public
    assert found.secret not in repr(found)
    with pytest.raises(ConfigError, match=f"expected a new name, found {public}"):
        write_pair(pair)
    assert read_pair(pair) == found


def test_a_pair_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    """No folder, or one of the files exists."""
    (tmp_path / "a.key_secret").touch()
    with pytest.raises(ConfigError, match="expected a new name, found .*a.key_secret"):
        write_pair(tmp_path / "a")
    with pytest.raises(ConfigError, match="expected a folder that can be written, found .*none/a.key_secret"):
        write_pair(tmp_path / "none" / "a")

    assert [path.name for path in tmp_path.iterdir()] == ["a.key_secret"]


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o601])
def test_a_pair_others_may_read_is_refused(pair: Path, mode: int) -> None:
    """In one line that gives the remedy."""
    pair.chmod(mode)
    with pytest.raises(ConfigError, match=rf"for its owner alone \(chmod 600\), found mode {mode:o}: .*shop"):
        read_pair(pair)


def test_what_is_no_pair_is_refused_without_showing_it(pair: Path, tmp_path: Path) -> None:
    """Empty, cut off, the public key instead of the secret one, that of another pair, other files."""
    text = pair.read_text()
    keys = read_pair(pair)
    other = read_pair(write_pair(tmp_path / "other")[0])
    bad = {
        "": "no key in",
        "\xff" * 99: "no key in",
        text[: text.index("secret-key")]: "no secret-key in",
        text[:-12]: "no secret-key in",
        text.replace(keys.secret, keys.secret[:-7]): "expected 40 characters of Z85 as secret-key, found 33",
        text.replace(keys.secret, "~" * 40): "expected 40 characters of Z85 as secret-key",
        text.replace(keys.secret, "#" * 40): "expected 40 characters of Z85 as secret-key",
        text.replace(keys.secret, keys.public): "expected the secret key of the public key beside it",
        text.replace(keys.secret, other.secret): "expected the secret key of the public key beside it",
        text.replace("public-key", "key"): "expected the secret key of the public key beside it",
    }
    for content, expected in bad.items():
        pair.write_text(content)
        with pytest.raises(ConfigError) as caught:
            read_pair(pair)
        assert expected in str(caught.value)
        assert keys.secret[:20] not in str(caught.value)
        assert "\n" not in str(caught.value)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """A folder, a pipe nobody writes to, nothing."""
    os.mkfifo(tmp_path / "pipe", 0o600)
    for name, expected in {"pipe": "a pipe or a device", ".": "Is a directory", "none": "No such file"}.items():
        with pytest.raises(ConfigError, match=expected):
            read_pair(tmp_path / name)
        if name != "pipe":
            continue
        with pytest.raises(ConfigError, match=expected):
            read_public(str(tmp_path / name))


def test_clients_are_keys_files_and_folders(pair: Path, tmp_path: Path) -> None:
    """A folder counts with its files `*.key`; what is none of it is refused."""
    own, folder = read_pair(pair).public, tmp_path / "clients"
    folder.mkdir()
    assert read_clients([str(folder)]) == frozenset()
    others = {read_pair(write_pair(folder / name)[0]).public for name in ("a", "b")}

    assert read_clients([str(folder), own]) == {own, *others}
    assert read_clients([str(pair), own]) == {own}
    for wrong in ("none.key", own[:-1], "~" * 40, ""):
        with pytest.raises(ConfigError, match="expected a key file"):
            read_clients([wrong])


def test_a_digest_follows_the_contents(pair: Path, tmp_path: Path) -> None:
    """Of files, of folders of public keys, and of files that are missing."""
    before = digest([str(pair), str(tmp_path), "none"])
    assert before == digest([str(pair), str(tmp_path), "none"])
    write_pair(tmp_path / "z")

    assert before != (after := digest([str(pair), str(tmp_path), "none"]))
    pair.write_text("")
    assert after != digest([str(pair), str(tmp_path), "none"])
    assert digest([]) == ""


def test_keys_are_z85() -> None:
    """The example of ZeroMQ's RFC 32 is one; too large a group is none."""
    assert is_key("rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7")
    assert is_key("%nSc0" * 8)
    assert not is_key("%nSc1" * 8)
    assert not is_key("%nSc0" * 7)
