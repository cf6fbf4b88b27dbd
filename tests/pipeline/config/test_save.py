"""Changes to config files."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from pipeline.config.save import change_file
from pipeline.errors import ConfigError

TEXT = """\
# the first line

[camera.a]
source = "demo"   # moves

# about b
[camera.b]
source = "b.mp4"
fps = 5

# --- what follows b ---

# [camera.example]
# source = "x"

[detect]
detector = "haar"

[output.e]
kind = "events"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a config file."""
    path = tmp_path / "c.toml"
    path.write_text(TEXT)
    return path


def comments(text: str) -> list[str]:
    """Return the comments in a text."""
    return [line.partition("#")[2] for line in text.splitlines() if "#" in line]


def test_a_key_changes_and_the_rest_stays(file: Path) -> None:
    """All other bytes are unchanged."""
    change_file(file, "camera.b", {"fps": 10})

    assert file.read_text() == TEXT.replace("fps = 5", "fps = 10")


def test_keys_come_and_go(file: Path) -> None:
    """None removes a key."""
    change_file(file, "detect", {"detector": None, "min_score": 0.7})

    assert tomllib.loads(file.read_text())["detect"] == {"min_score": 0.7}
    assert comments(file.read_text()) == comments(TEXT)


def test_a_table_replaces_another(file: Path) -> None:
    """Comments among its keys, which a camera that is renamed would lose, come along; those behind it stay."""
    change_file(file, "camera.c", {"source": "demo", "fps": 7}, instead="camera.a")

    found = tomllib.loads(file.read_text())["camera"]
    assert found == {"b": {"source": "b.mp4", "fps": 5}, "c": {"source": "demo", "fps": 7}}
    assert '[camera.c]\nsource = "demo"   # moves\nfps = 7\n\n' in file.read_text()
    assert sorted(comments(file.read_text())) == sorted(comments(TEXT))


@pytest.mark.parametrize("table", ["camera.new", "overlay", "stage.new"])
def test_tables_are_made(file: Path, table: str) -> None:
    """A new table is placed where TOML requires it."""
    change_file(file, table, {"x": [1, 2], "y": {"z": True}})
    found = tomllib.loads(file.read_text())
    for part in table.split("."):
        found = found[part]

    assert found == {"x": [1, 2], "y": {"z": True}}
    assert comments(file.read_text()) == comments(TEXT)


@pytest.mark.parametrize("instead", ["", "camera.hall"])
def test_a_heading_stays_above_its_table(tmp_path: Path, instead: str) -> None:
    """A new camera does not come between a table and the comment directly above it."""
    camera = '[camera.hall]\nsource = "demo"\n# fps = 5\n\n'
    rest = '# Detection\n[detect]\nhz = 5\n\n# Output\n# of events\n[output.e]\nkind = "events"\n'
    path = tmp_path / "c.toml"
    path.write_text(f"# Cameras\n{camera}{rest}")
    change_file(path, "camera.new", {"source": "demo"}, instead)

    found = path.read_text()
    assert found.endswith(f'source = "demo"\n\n{rest}'), found
    assert found.startswith(f"# Cameras\n{'' if instead else camera}"), found
    assert sorted(comments(found)) == [" Cameras", " Detection", " Output", " fps = 5", " of events"]


@pytest.mark.parametrize("name", ["a", "b"])
def test_a_table_goes_and_the_comments_stay(file: Path, name: str) -> None:
    """Comments after it belong to the next table."""
    change_file(file, f"camera.{name}", None)
    left = tomllib.loads(file.read_text())

    assert list(left["camera"]) == [other for other in "ab" if other != name]
    assert left["detect"] == {"detector": "haar"}
    expected = [text for text in comments(TEXT) if name != "a" or text != " moves"]
    assert comments(file.read_text()) == expected


def test_the_last_camera_may_go(file: Path) -> None:
    """What it leaves is still a config file."""
    for name in "ab":
        change_file(file, f"camera.{name}", None)

    assert "camera" not in tomllib.loads(file.read_text()) or not tomllib.loads(file.read_text())["camera"]
    assert " --- what follows b ---" in comments(file.read_text())


def test_tables_out_of_order_are_found(file: Path) -> None:
    """A camera's table may be anywhere in the file."""
    file.write_text(TEXT + '\n[camera.c]\nsource = "c.mp4"\n')
    change_file(file, "camera.c", {"fps": 3})
    change_file(file, "camera.a", None)

    assert tomllib.loads(file.read_text())["camera"] == {
        "b": {"source": "b.mp4", "fps": 5},
        "c": {"source": "c.mp4", "fps": 3},
    }


def test_what_is_no_config_is_left_alone(tmp_path: Path) -> None:
    """One line names the file, which is not changed."""
    path = tmp_path / "c.toml"
    path.write_text("x = [")
    with pytest.raises(ConfigError, match=r"c\.toml"):
        change_file(path, "detect", {"a": 1})

    assert path.read_text() == "x = ["
    with pytest.raises(ConfigError, match="absent"):
        change_file(tmp_path / "absent.toml", "detect", {"a": 1})


def test_a_link_stays_a_link_and_a_secret_a_secret(file: Path, tmp_path: Path) -> None:
    """The file it leads to changes, which nobody else can read, and nothing is left beside it."""
    file.chmod(0o600)
    link = tmp_path / "link" / "config.toml"
    link.parent.mkdir()
    link.symlink_to(file)
    change_file(link, "detect", {"detector": "blazeface"})

    assert link.is_symlink()
    assert tomllib.loads(file.read_text())["detect"]["detector"] == "blazeface"
    assert file.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["c.toml", "config.toml", "link"]


DOOR, CORNER = {"line": [[0.5, 0], [0.5, 1]]}, {"polygon": [[0.1, 0.2], [0.5, 0.2], [0.5, 0.9]]}


def test_zones_are_a_table_inside_the_cameras(file: Path) -> None:
    """One line each, before the comments that follow the camera; other keys of the camera can change after it."""
    change_file(file, "camera.b", {"zones": {"door": DOOR, "corner": CORNER}, "height": 7})
    text = file.read_text()

    assert tomllib.loads(text)["camera"]["b"] == {
        "source": "b.mp4",
        "fps": 5,
        "zones": {"door": DOOR, "corner": CORNER},
        "height": 7,
    }
    assert "\n[camera.b.zones]\ndoor = {line = [[0.5, 0], [0.5, 1]]}\n" in text
    assert comments(text) == comments(TEXT)
    assert text.index("corner") < text.index("what follows b") < text.index("[detect]")

    change_file(file, "camera.b", {"zones": {"door": DOOR}})
    assert tomllib.loads(file.read_text())["camera"]["b"]["zones"] == {"door": DOOR}
    change_file(file, "camera.b", {"zones": None})
    assert tomllib.loads(file.read_text())["camera"]["b"] == {"source": "b.mp4", "fps": 5, "height": 7}
    assert comments(file.read_text()) == comments(TEXT)


def test_a_camera_with_zones_can_be_removed_and_copied(file: Path) -> None:
    """Comments after its zones belong to what follows."""
    change_file(file, "camera.b", {"zones": {"door": DOOR}})
    change_file(file, "camera.c", {"source": "c.mp4"}, "camera.b")
    change_file(file, "camera.b", None)
    text = file.read_text()

    assert tomllib.loads(text)["camera"]["c"] == {"source": "c.mp4", "fps": 5, "zones": {"door": DOOR}}
    assert "b" not in tomllib.loads(text)["camera"]
    assert text.count("what follows b") == 1


STYLES = {
    "dotted": 'camera.a.source = "demo"\ncamera.a.fps = 5\ncamera.b.source = "demo"\n[output.e]\nkind = "events"\n',
    "braces": 'camera = { a = { source = "demo" }, b = { source = "demo" } }\n[output.e]\nkind = "events"\n',
    "half": '[camera]\na = { source = "demo" }\nb = { source = "demo", fps = 3 }\n[output.e]\nkind = "events"\n',
    "apart": "[camera.a]\nfps = 1\n[detect]\n[camera.b]\nfps = 2\n[overlay]\n[camera.a.zones]\nx = { line = [] }\n",
    "quoted": '[camera."a"]\nsource = "demo"\n["camera".b]\nsource = "demo"\n',
}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    ("table", "keys", "instead"),
    [
        ("camera.a", {"fps": 9}, ""),
        ("camera.b", {"fps": None}, ""),
        ("camera.new", {"source": "demo", "width": 64}, ""),
        ("camera.a", None, ""),
        ("camera.b", None, ""),
        ("camera.c", {"source": "demo"}, "camera.a"),
        ("camera.a", {"zones": {"q": CORNER}}, ""),
        ("camera.b", {"zones": {"q": DOOR}}, ""),
        ("camera.a", {"zones": None}, ""),
        ("overlay", {"labels": "fr"}, ""),
    ],
)
def test_tables_may_be_written_in_any_way(
    file: Path, style: str, table: str, keys: dict[str, Any] | None, instead: str
) -> None:
    """What is saved is the change and nothing else; or the file stays, and one line says why."""
    file.write_text(STYLES[style])
    expected = tomllib.loads(STYLES[style])
    cameras = expected["camera"]
    before = cameras.pop(instead.partition(".")[2], {})
    place, name = (cameras, table.partition(".")[2]) if "." in table else (expected, table)
    changed = {**before, **place.pop(name, {}), **(keys or {})}
    if keys is not None:
        place[name] = {key: value for key, value in changed.items() if value is not None}
    try:
        change_file(file, table, keys, instead)
    except ConfigError as error:
        assert "expected the lines of each table together under its heading" in str(error)
        assert style != "quoted"
        assert file.read_text() == STYLES[style]
    else:
        assert tomllib.loads(file.read_text()) == expected


def test_a_file_of_windows_stays_one(file: Path) -> None:
    """Its mark and the ends of its lines."""
    text = TEXT.replace("\n", "\r\n")
    file.write_bytes(b"\xef\xbb\xbf" + text.encode())
    change_file(file, "camera.b", {"fps": 10})

    assert file.read_bytes() == b"\xef\xbb\xbf" + text.replace("fps = 5", "fps = 10").encode()
