"""`emobot run` with an MQTT broker that tells others of it."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.mqtt import Listener, Mosquitto


def test_a_run_is_published_until_its_end(
    tmp_path: Path, emobot: Callable[..., Any], broker: Mosquitto, listener: Listener
) -> None:
    """The broker knows who is present; it reports a killed output as `offline`, and the output restarts."""
    config = tmp_path / "c.toml"
    config.write_text(
        f"""
        [camera.hall]
        source = "demo"
        width = 320
        height = 240
        fps = 10
        [output.home]
        kind = "mqtt"
        broker = "mqtt://127.0.0.1:{broker.port}"
        state = "{tmp_path}/mqtt"
        discovery = "homeassistant"
        [metrics]
        listen = ""
        """
    )
    program = emobot("run", config)
    listener.wait(lambda: any(e["people"] for e in listener.events("emobot/hall/people")))
    assert listener.events("emobot/hall/camera")[-1]["state"] == "live"
    assert listener.texts("homeassistant/device/emobot/hall/config")

    os.kill(program.pid("output.home"), signal.SIGKILL)
    listener.wait(lambda: listener.texts("emobot/status") == ["online", "offline", "online"])
    known = len(listener.heard)
    listener.wait(lambda: any(topic == "emobot/hall/camera" for topic, _ in listener.heard[known:]))

    program.process.terminate()
    assert program.end() == 0
    listener.wait(lambda: listener.texts("emobot/status")[-1] == "offline")
