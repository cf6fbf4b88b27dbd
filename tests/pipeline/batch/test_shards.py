"""The part that each file belongs to."""

from collections import Counter
from pathlib import Path

import pytest

from pipeline.batch.shards import Shard, parse_shard
from pipeline.errors import ConfigError


def part_of(path: str, of: int) -> list[int]:
    """Return the parts a file is in."""
    return [number for number in range(of) if Shard(number, of).has(Path(path))]


@pytest.mark.parametrize("of", [1, 2, 3, 7, 100])
def test_every_file_is_in_one_part(of: int) -> None:
    """Each file is in exactly one part."""
    assert all(len(part_of(f"/films/{i}.mp4", of)) == 1 for i in range(200))


def test_a_part_does_not_depend_on_where_a_folder_is_mounted() -> None:
    """Neither the path's form nor the process matters; Python's own hashes differ between runs."""
    assert part_of("/mnt/a/films/x.mp4", 1000) == part_of("/scratch/films/x.mp4", 1000) == part_of("films/x.mp4", 1000)
    assert part_of("/films/x.mp4", 1000) == [405]


@pytest.mark.parametrize("form", ["/films/{}.mp4", "/films/session {}/video.mp4"])
def test_parts_are_of_about_one_size(form: str) -> None:
    """Parts are even, also if all files have one name in different folders."""
    sizes = Counter(part_of(form.format(i), 4)[0] for i in range(1000))
    assert min(sizes.values()) > 200


@pytest.mark.parametrize("text", ["", "1", "4/4", "-1/4", "0/0", "a/b", "1/2/3", "0 / 4", "\u0661/4", "1/4\n"])
def test_a_part_that_is_none_is_refused(text: str) -> None:
    """The error says what was expected."""
    with pytest.raises(ConfigError, match="--shard: expected I/N with I from 0 to N-1, found"):
        parse_shard(text)
    assert parse_shard("3/4") == (3, 4)
