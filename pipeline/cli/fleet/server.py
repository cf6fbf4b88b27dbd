"""The options of `emobot fleet` that name the server: all of its commands have them."""

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Concatenate, ParamSpec, TypeVar

import typer
from msgspec.structs import replace

from pipeline.config.config import Fleet, load_config
from pipeline.config.options import Problems
from pipeline.errors import ConfigError

P = ParamSpec("P")
R = TypeVar("R")


def at_server(command: Callable[Concatenate[Fleet, P], R]) -> Callable[..., R]:
    """Return a command whose options name the server, instead of its first parameter, the table `[fleet]`.

    Raises:
        ConfigError: See `_server`.
    """
    options = list(inspect.signature(_server).parameters.values())
    own = list(inspect.signature(command).parameters.values())[1:]

    @functools.wraps(command)
    def run(*arguments: Any, **given: Any) -> R:
        named = {option.name: given.pop(option.name) for option in options if option.name in given}
        return command(_server(**named), *arguments, **given)

    run.__signature__ = inspect.Signature([*own, *options])  # type: ignore[attr-defined]
    run.__annotations__ = {option.name: option.annotation for option in (*own, *options)}
    return run


def _server(
    *,
    config: Annotated[Path, typer.Option(help="Config file whose [fleet] names the server.")] = Path("config.toml"),
    nats: Annotated[str, typer.Option(help="Address of the server, instead of that in the config.")] = "",
    credentials_env: Annotated[
        str, typer.Option(help="Environment variable with user:password or a token, instead of the config's login.")
    ] = "",
    creds: Annotated[str, typer.Option(help="Credentials file, instead of the config's login.")] = "",
    ca: Annotated[
        str, typer.Option(help="PEM file of the authority of the server's certificate, instead of the config's.")
    ] = "",
) -> Fleet:
    """Return `[fleet]` of the config, with what the options say instead.

    Raises:
        ConfigError: The config has no [fleet], and no option names a server.
    """
    table = load_config(config, Problems()).fleet if config.exists() else None
    if table is None and not nats:
        raise ConfigError(f"expected [fleet] in {config}, or --nats, found neither")
    table = table or Fleet()
    if credentials_env or creds:
        table = replace(table, credentials_env=credentials_env, creds=creds)
    return replace(table, nats=nats or table.nats, ca=ca or table.ca)
