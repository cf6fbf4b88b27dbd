"""The options of `emobot fleet` that name the server."""

from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from pipeline.cli.fleet.commands import show
from pipeline.cli.fleet.server import at_server
from pipeline.config.config import Fleet
from pipeline.errors import ConfigError, InputError

TABLE = '[fleet]\nnats = "tls://10.0.0.1"\nname = "shops"\ncreds = "box.creds"\nca = "ca.pem"\n'


def asked(*options: str) -> Fleet:
    """Return the server that some options name."""
    found: list[Fleet] = []
    app = typer.Typer()

    @app.command()
    @at_server
    def show(server: Fleet, word: str) -> None:
        assert word == "word"
        found.append(server)

    CliRunner().invoke(app, ["word", *options], catch_exceptions=False, standalone_mode=False)
    return found[0]


@pytest.mark.parametrize(
    ("options", "changes"),
    [
        ([], {}),
        (["--nats", "nats://10.0.0.2"], {"nats": "nats://10.0.0.2"}),
        (["--credentials-env", "LOGIN"], {"credentials_env": "LOGIN", "creds": ""}),
        (["--creds", "me.creds", "--ca", "mine.pem"], {"creds": "me.creds", "ca": "mine.pem"}),
    ],
)
def test_options_replace_what_the_config_says(tmp_path: Path, options: list[str], changes: dict[str, str]) -> None:
    """A login replaces a login of the other kind, too."""
    config = tmp_path / "config.toml"
    config.write_text(TABLE)
    told: dict[str, Any] = {"nats": "tls://10.0.0.1", "name": "shops", "creds": "box.creds", "ca": "ca.pem", **changes}
    assert asked("--config", str(config), *options) == Fleet(**told)


def test_a_login_needs_no_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """But a server."""
    monkeypatch.chdir(tmp_path)
    login = ["--credentials-env", "LOGIN"]
    assert asked("--nats", "tls://10.0.0.2", *login) == Fleet(nats="tls://10.0.0.2", credentials_env="LOGIN")
    with pytest.raises(ConfigError, match=r"expected \[fleet\] in config.toml, or --nats, found neither"):
        asked(*login)


def test_a_server_that_cannot_be_reached_is_named(tmp_path: Path) -> None:
    """Of several boxes and servers, the line says which one."""
    with pytest.raises(InputError, match="expected the fleet's server at 127.0.0.1:1, found: "):
        show(config=tmp_path / "none.toml", nats="nats://127.0.0.1:1")
