"""Containers are recognised by their first bytes, and damaged sizes lead nowhere that ends the reading."""

from pathlib import Path

import pytest

from stages.media.containers.chain import break_in
from stages.media.containers.length import missing

PACKETS = {"ts": b"G" + bytes(187), "m2ts": bytes(4) + b"G" + bytes(187)}
ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")


@pytest.mark.parametrize("kind", PACKETS)
def test_damaged_packets_are_found(tmp_path: Path, kind: str) -> None:
    """Ten packets of zeros between others, which have their sync byte at different places."""
    packet = PACKETS[kind]
    (path := tmp_path / "film").write_bytes(packet * 20)
    assert (break_in(path), missing(path)) == (None, "")

    path.write_bytes(packet * 20 + bytes(10 * len(packet)) + packet * 20)
    assert break_in(path) == 20 * len(packet)
    path.write_bytes(packet * 20 + packet[:100])
    assert f"expected packets of {len(packet)} bytes" in str(missing(path))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(bytes([0, 0, 0, 1]) + b"mdat" + b"\xff" * 8, id="MP4"),
        pytest.param(bytes.fromhex("1a45dfa380" + "18538067" + "01fffffffffffffe"), id="Matroska"),
        pytest.param(bytes.fromhex("060e2b34") + bytes(12) + b"\xff" * 128, id="MXF"),
        pytest.param(ASF + bytes(14) + bytes(16) + b"\xff" * 8, id="ASF"),
    ],
)
def test_a_size_beyond_all_files_leads_nowhere(tmp_path: Path, data: bytes) -> None:
    """Neither an error, which would end the reading, nor damage: nothing follows."""
    (path := tmp_path / "film").write_bytes(data + bytes(200))

    assert break_in(path) is None
    missing(path)
