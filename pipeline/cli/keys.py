"""`emobot keys`: make and show the keys of encrypted connections."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.help import PlainCommand, PlainGroup
from pipeline.config.keys import SECRET, read_pair, read_public, write_pair

keys = typer.Typer(
    help="Keys for events and frames that leave this machine (CURVE, the encryption of ZeroMQ).", cls=PlainGroup
)


@keys.command(cls=PlainCommand)
def new(
    name: Annotated[Path, typer.Argument(help="Path of the two files, without their endings.")],
) -> None:
    """Make a key pair: NAME.key_secret, which stays with its owner, and NAME.key, which the others get.

    Existing files are never replaced.
    """
    own, shown = write_pair(name)
    print(f"{own}  (keep it: readable by its owner alone)")
    print(f"{shown}  (give it to the others)")
    print(read_public(str(shown)))


@keys.command(cls=PlainCommand)
def show(
    file: Annotated[Path, typer.Argument(help="One of the two files.")],
) -> None:
    """Print the public key of a file, and refuse a file of a pair that cannot be used."""
    print(read_pair(file).public if file.suffix == SECRET else read_public(str(file)))
