"""A network of boxes on this machine: one namespace each, joined by a bridge in the namespace of the server."""

import ctypes
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from pipeline.errors import EmobotError, MissingPart

LEASES, EVENTS, CAMERAS = "10.213.0.1", "10.213.0.2", "10.213.0.3"
"""Addresses in the hub: of the server for leases, of the same server for events, of the cameras."""
_FIRST_BOX = 10
_NETWORK_NAMESPACE = 0x40000000  # CLONE_NEWNET


class Network:
    """Namespaces: `with Network(names) as network: ...`; inside, this process is in the hub.

    Only the namespaces are changed, nothing of the machine's own network.

    Args:
        boxes: Names of the boxes, letters only.

    Raises:
        MissingPart: This user may make no namespaces, or `ip` is not installed.
    """

    def __init__(self, boxes: Sequence[str]) -> None:
        self._boxes = boxes
        self._hub = f"emobot-{os.getpid()}"
        self._made: list[str] = []
        self._home = os.open("/proc/self/ns/net", os.O_RDONLY)

    def __enter__(self) -> Self:
        try:
            self._make(self._hub)
            self._ip("-n", self._hub, "link", "add", "bridge", "type", "bridge")
            for address in (LEASES, EVENTS, CAMERAS):
                self._ip("-n", self._hub, "address", "add", f"{address}/24", "dev", "bridge")
            self._ip("-n", self._hub, "link", "set", "bridge", "up")
            for number, box in enumerate(self._boxes):
                space = self._space(box)
                self._make(space)
                self._ip(
                    "-n", self._hub, "link", "add", _cable(box), "type", "veth", "peer", "name", "eth0", "netns", space
                )
                self._ip("-n", self._hub, "link", "set", _cable(box), "master", "bridge", "up")
                self._ip("-n", space, "address", "add", f"10.213.0.{_FIRST_BOX + number}/24", "dev", "eth0")
                self._ip("-n", space, "link", "set", "eth0", "up")
            with Path("/run/netns", self._hub).open("rb") as hub:
                _enter(hub.fileno())
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        _enter(self._home)
        os.close(self._home)
        for space in self._made:
            self._ip("netns", "delete", space)

    def within(self, box: str) -> tuple[str, ...]:
        """Return what runs a command in a box."""
        return "ip", "netns", "exec", self._space(box)

    def cut(self, box: str) -> None:
        """Unplug a box."""
        self._ip("-n", self._hub, "link", "set", _cable(box), "down")

    def join(self, box: str) -> None:
        """Plug it in again."""
        self._ip("-n", self._hub, "link", "set", _cable(box), "up")

    def hide(self, box: str, address: str) -> None:
        """Lose what a box sends to one address."""
        self._ip("-n", self._space(box), "route", "add", "blackhole", f"{address}/32")

    def show(self, box: str, address: str) -> None:
        """End that."""
        self._ip("-n", self._space(box), "route", "delete", "blackhole", f"{address}/32")

    def _space(self, box: str) -> str:
        return f"{self._hub}-{box}"

    def _make(self, space: str) -> None:
        self._ip("netns", "add", space)
        self._made.append(space)
        self._ip("-n", space, "link", "set", "lo", "up")

    @staticmethod
    def _ip(*words: str) -> None:
        try:
            done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
        except FileNotFoundError as error:
            raise MissingPart("expected ip, found none: apt-get install iproute2") from error
        if done.returncode:
            why = done.stderr.strip()
            if os.geteuid():
                raise MissingPart(f"expected to run as root, which network namespaces need, found: {why}")
            raise EmobotError(f"expected `ip {' '.join(words)}` to work, found: {why}")


def _cable(box: str) -> str:
    return f"to-{box}"


def _enter(namespace: int) -> None:
    """Move this thread, and what it starts from now on, into a network namespace."""
    if ctypes.CDLL(None, use_errno=True).setns(namespace, _NETWORK_NAMESPACE):
        raise EmobotError(f"expected to enter a network namespace, found: {os.strerror(ctypes.get_errno())}")
