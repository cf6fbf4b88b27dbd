"""LSL on the loopback interface, apart from the network and from other tests."""

import os
from pathlib import Path
from typing import Any

import pytest

CONFIG = """[ports]
IPv6 = disable
[multicast]
ResolveScope = machine
ListenAddress = 127.0.0.1
[lab]
SessionID = emobot-test-{pid}
[tuning]
MulticastMinRTT = 0.1
ContinuousResolveInterval = 0.05
WatchdogCheckInterval = 0.2
WatchdogTimeThreshold = 0.5
[log]
level = -3
"""


@pytest.fixture(scope="session")
def lsl(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return `pylsl`, which finds only streams of this process."""
    path: Path = tmp_path_factory.mktemp("lsl") / "lsl_api.cfg"
    path.write_text(CONFIG.format(pid=os.getpid()))
    # read once per process, with the first call
    os.environ["LSLAPICFG"] = str(path)
    return pytest.importorskip("pylsl")
