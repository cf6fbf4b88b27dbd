"""`emobot history`: what it understands, and what comes out."""

import csv
import json
import os
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from pipeline.cli.history import history
from pipeline.errors import ConfigError, InputError
from pipeline.history.read import LABELS, MEASURED, EventRow, MinuteRow, ZoneRow
from pipeline.history.write import History


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a history of two cameras: a minute of each, and an event with a comma in it."""
    path = tmp_path / "h.sqlite"
    with closing(History(path, 10**8)) as writer:
        writer.write(
            [
                EventRow(
                    at=1_700_000_000.25,
                    camera="hall",
                    run=1,
                    since=1_700_000_000_125,
                    type="camera",
                    after="offline",
                    detail='no "route", x',
                )
            ],
            [
                MinuteRow(
                    at=1_699_999_980,
                    camera=camera,
                    run=1,
                    since=1_699_999_970_500,
                    track=2,
                    people=1,
                    looks=3,
                    confidence=0.5,
                    seconds={"sad": 2},
                )
                for camera in ("hall", "door")
            ],
        )
    return path


def test_minutes_are_a_table(path: Path, tmp_path: Path) -> None:
    """Rows are limited to the selected cameras, with times in UTC."""
    history(path, camera=["hall"], format="csv", out=tmp_path / "h.csv")
    (row,) = csv.DictReader((tmp_path / "h.csv").read_text().splitlines())

    assert row["at"] == "2023-11-14T22:13:00.000Z"
    assert (row["camera"], row["sad"], row["happy"], row["confidence"]) == ("hall", "2.0", "0.0", "0.5")
    assert set(LABELS) < set(row)
    assert (list(row)[:4], list(row)[-5:]) == (["at", "camera", "run", "track"], ["since", *MEASURED])
    assert row["since"] == "2023-11-14T22:12:50.500Z"


def test_events_are_lines_of_json(path: Path, tmp_path: Path) -> None:
    """Text is printed unchanged."""
    history(path, what="events", format="json", out=tmp_path / "h.json")
    (event,) = map(json.loads, (tmp_path / "h.json").read_text().splitlines())

    assert event["since"] == "2023-11-14T22:13:20.125Z"
    assert event["at"] == "2023-11-14T22:13:20.250Z"
    assert (event["after"], event["detail"]) == ("offline", 'no "route", x')


@pytest.mark.parametrize("what", ["minutes", "events"])
@pytest.mark.parametrize("since", ["", "2100-01-01"])
def test_parquet_has_types(path: Path, tmp_path: Path, what: str, since: str) -> None:
    """Columns have types, also without rows."""
    history(path, what=what, since=since, format="parquet", out=tmp_path / "h.parquet")  # type: ignore[arg-type]
    table = parquet.read_table(tmp_path / "h.parquet")

    assert {str(table.schema.field(name).type) for name in ("at", "since")} == {"timestamp[ms, tz=UTC]"}
    assert str(table.schema.field("track").type) == "int64"
    assert table.num_rows == (0 if since else 2 if what == "minutes" else 1)


@pytest.mark.parametrize(
    ("since", "until", "rows"),
    [
        ("2023-11-14T22:13:00+00:00", "", 2),
        ("2023-11-14T22:13:01+00:00", "", 0),
        ("", "2023-11-14T22:13:00+00:00", 0),
        ("2h", "", 0),
        ("36500d", "1s", 2),
    ],
)
def test_times_and_spans_limit_it(path: Path, tmp_path: Path, since: str, until: str, rows: int) -> None:
    """From is included, to is not; a span such as 2h means two hours ago."""
    history(path, since=since, until=until, format="json", out=tmp_path / "h.json")

    assert len((tmp_path / "h.json").read_text().splitlines()) == rows


def test_the_config_says_where_it_is(path: Path, tmp_path: Path) -> None:
    """A config must have exactly one output of kind `history`."""
    tables = '[camera.a]\nsource = "demo"\n[output.events]\nkind = "events"\n'
    config = tmp_path / "c.toml"
    config.write_text(f'{tables}[output.past]\nkind = "history"\npath = "{path}"\n')
    history(config, format="json", out=tmp_path / "h.json")
    assert len((tmp_path / "h.json").read_text().splitlines()) == 2

    # nothing else is needed: the modules and logins of the run may be on another machine
    config.write_text(config.read_text() + '[stage.own]\nuse = "no_such_module:Stage"\nafter = "emotion"\n')
    history(config, format="json", out=tmp_path / "h.json")
    assert len((tmp_path / "h.json").read_text().splitlines()) == 2

    config.write_text(tables)
    with pytest.raises(ConfigError, match="found none"):
        history(config, format="json", out=tmp_path / "h.json")


def test_a_camera_without_rows_is_named(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It may be a slip of the keyboard; the table is written all the same."""
    history(path, camera=["hall", "hal"])

    assert capsys.readouterr().err == f"emobot: expected a camera of {path} (door, hall), found hal\n"


def test_neither_a_device_nor_a_link_is_replaced(path: Path, tmp_path: Path) -> None:
    """`--out /dev/null` by root would end most other programs; a pipe stands for a device here."""
    os.mkfifo(pipe := tmp_path / "pipe")
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    history(path, out=pipe)
    (link := tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    history(path, out=link)

    assert os.read(reader, 3) == b"at," and pipe.is_fifo()
    os.close(reader)
    assert link.is_symlink() and (tmp_path / "real.csv").read_text().startswith("at,")
    assert not list(tmp_path.glob("*.partial"))


def test_the_history_is_not_replaced(path: Path) -> None:
    """Not even on request."""
    before = path.read_bytes()
    with pytest.raises(ConfigError, match="expected another file than the history as --out"):
        history(path, out=path)

    assert path.read_bytes() == before
    with pytest.raises(ConfigError, match="--out: expected a file that can be written, found .*: Not a directory"):
        history(path, out=path / "h.csv")


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "5 h", "-2h"])
def test_a_time_that_is_none_is_refused(path: Path, text: str) -> None:
    """The line names the option and shows two that are."""
    with pytest.raises(ConfigError, match="--from: expected a time such as"):
        history(path, since=text, format="json")


@pytest.mark.parametrize(("since", "until"), [("1h", "2h"), ("2026-01-02", "2026-01-02"), ("2026-01-02", "2026-01-01")])
def test_a_time_that_ends_before_it_begins_is_refused(path: Path, since: str, until: str) -> None:
    """Instead of a table without rows."""
    with pytest.raises(ConfigError, match=f"expected --from before --to, found {since} and {until}"):
        history(path, since=since, until=until, format="json")


def test_nothing_is_written_of_a_history_that_is_not_there(tmp_path: Path) -> None:
    """Not even an empty file is left."""
    with pytest.raises(InputError, match="found no file"):
        history(tmp_path / "h.sqlite", format="json", out=tmp_path / "h.json")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_the_audience_is_printed_by_hour(tmp_path: Path, format: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Zones and the whole frame; rows about few people are left out, which is said beside the output."""
    path, out = tmp_path / "h.sqlite", tmp_path / f"out.{format}"
    names: dict[str, Any] = {"camera": "hall", "at": 1_699_999_980, "run": 1, "since": 1}
    with closing(History(path, 10**8)) as writer:
        writer.write(
            [],
            [
                MinuteRow(**names, track=n, people=1, looks=1, confidence=0.5, seconds={"happy": 2.0, "sad": 1.0})
                for n in range(1, 7)
            ],
            [ZoneRow(**names, track=1, zone="till", people=1), ZoneRow(**names, track=2, zone="door", people=1, ins=1)],
        )
    history(path, what="audience", by="hour", min_people=5, format=format, out=out, utc=True)  # type: ignore[arg-type]

    if format == "parquet":
        (row,) = parquet.read_table(out).to_pylist()
        assert row["at"].isoformat() == "2023-11-14T22:00:00+00:00"
        assert (row["facing"], row["zone"]) == (None, "")
    else:
        head, *rows = csv.reader(out.read_text().splitlines())
        assert head[:9] == ["at", "camera", "zone", "people", "visitors", "visits", "present_s", "dwell_s", "in"]
        assert rows == [
            ["2023-11-14T22:00:00.000Z", "hall", "", "6", "6", "0", "18.0", "3.0", "0", "0", "", "", "0.333"]
            + ["0.0", "0.0", "0.0", "12.0", "6.0", "0.0", "0.0", "0.0"]
        ]
    assert "left out 2 rows about fewer than 5 people" in capsys.readouterr().err
    with pytest.raises(ConfigError, match="expected --what audience with --by hour, found --what events"):
        history(path, what="events", by="hour")
