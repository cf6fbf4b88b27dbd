"""Configs: what is accepted, and how mistakes are reported."""

from pathlib import Path

import pytest

from pipeline.config.config import load_config, parse_config
from pipeline.config.save import change_file
from pipeline.errors import ConfigError


def test_tables_keep_their_order_and_defaults(tmp_path: Path) -> None:
    """Cameras stay in the order of the file; what is not written has its default."""
    file = tmp_path / "c.toml"
    file.write_text('[camera.z]\nsource = "0"\n[camera.a]\nsource = "demo"\n[run]\nmax_age_ms = 250\n')
    config = load_config(file)

    assert list(config.camera) == ["z", "a"]
    assert config.run.max_age_ms == 250.0
    assert config.metrics.listen == "127.0.0.1:9108"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({"run": {"max_age": 1}}, "[run] unknown key max_age: did you mean max_age_ms?"),
        ({"run": {"port": 80}}, "[run] port: expected a whole number, at least 1024, at most 60000, found 80"),
        ({"run": {"hang_s": "long"}}, "[run] hang_s: expected a number, above 0, found 'long'"),
        ({"log": {"level": "loud"}}, "[log] level: expected one of 'debug', 'info', 'warning', 'error', found 'loud'"),
        ({"cameras": {}}, "[top level] unknown key cameras: did you mean camera?"),
        ({"camera": {"a b": {}}}, "[camera.a b] expected a name of 1 to 40 letters, digits, - and _"),
        ({"camera": {"a": "demo"}}, "[camera] expected tables [camera.NAME], found a = 'demo'"),
        ({"metrics": {"listen": "here"}}, "[metrics] listen: expected text, such as 127.0.0.1:9108, found 'here'"),
        ({"metrics": "no"}, "[metrics] expected a table, found 'no'"),
    ],
)
def test_a_mistake_is_told_with_its_place(raw: dict[str, object], said: str) -> None:
    """The error names table and key, what was expected and what was found."""
    with pytest.raises(ConfigError) as refusal:
        parse_config(raw, "c.toml")

    assert str(refusal.value) == f"c.toml, {said}"


def test_all_mistakes_come_at_once() -> None:
    """Each mistake has its own line."""
    with pytest.raises(ConfigError) as refusal:
        parse_config({"run": {"x": 1, "port": 1}, "log": {"level": 3}, "foo": {}})

    assert len(str(refusal.value).splitlines()) == 4


@pytest.mark.parametrize(("text", "said"), [("[run\n", "expected TOML"), (None, "found no"), ("\xff", "UTF-8")])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, text: str | None, said: str) -> None:
    """Neither a missing file nor one that is no TOML shows a traceback."""
    file = tmp_path / "c.toml"
    if text is not None:
        file.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigError, match=said) as refusal:
        load_config(file)

    assert str(file) in str(refusal.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_byte_order_mark_is_no_mistake(tmp_path: Path, encoding: str) -> None:
    """As editors of Windows write it; a saved change keeps the rest."""
    (path := tmp_path / "config.toml").write_bytes('[camera.hall]\r\nsource = "entrée"\r\n'.encode(encoding))
    assert load_config(path).camera == {"hall": {"source": "entrée"}}

    change_file(path, "camera.yard", {"source": "1"})
    assert list(load_config(path).camera) == ["hall", "yard"]


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
def test_another_encoding_is_one_line(tmp_path: Path, encoding: str) -> None:
    """With the line, and what to do."""
    (path := tmp_path / "config.toml").write_bytes('[run]\n[camera."entrée"]\nsource = "0"\n'.encode(encoding))
    row = {"cp1252": 2, "utf-16": 1}[encoding]
    with pytest.raises(ConfigError) as refused:
        load_config(path)

    assert str(refused.value) == f"expected UTF-8 (save it as UTF-8), found other bytes in line {row} of {path}"
