"""`emobot batch --ray`: the options, and the cluster."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pipeline.batch.cluster.connecting import connected
from pipeline.batch.cluster.driver import RayRun
from pipeline.batch.cluster.tasks import Share
from pipeline.cli.help import PlainCommand
from pipeline.errors import ConfigError

ANY = "auto"
"""The address of the cluster on this machine, or of a new one."""
ADDRESS = re.compile(r"auto|local|(\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}")


class RayCommand(PlainCommand):
    """A command whose option `--ray` needs no value."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Give `--ray` its default where no address follows."""
        for at, argument in enumerate(args):
            if argument == "--":
                break
            if argument == "--ray" and not ADDRESS.fullmatch("".join(args[at + 1 : at + 2])):
                args[at] = f"--ray={ANY}"
        return super().parse_args(ctx, args)


def check_cluster(address: str, cores: float, gpu: float) -> Share:
    """Return what a recording takes of a node.

    Raises:
        ConfigError: An option is wrong.
    """
    if address and not ADDRESS.fullmatch(address):
        raise ConfigError(f"--ray: expected HOST:PORT, auto or local, found {address!r}")
    if not 0 < cores <= 1024 or (cores > 1 and cores % 1):
        raise ConfigError(f"--ray-cores: expected a part of one core, or whole cores, found {cores:g}")
    if not 0 <= gpu <= 64 or (gpu > 1 and gpu % 1):
        raise ConfigError(f"--ray-gpu: expected a part of one graphics card, or whole ones, found {gpu:g}")
    return Share(cores=cores, gpu=gpu)


@contextmanager
def on_cluster(address: str, share: Share, jobs: int) -> Iterator[RayRun | None]:
    """Yield what runs recordings on a cluster; None without an address.

    Raises:
        MissingPart: Ray is not installed.
        ConfigError: There is no such cluster.
    """
    if not address:
        yield None
        return
    with connected("" if address == ANY else address) as ray:
        run = RayRun(ray, share, jobs)
        try:
            yield run
        finally:
            run.close()
