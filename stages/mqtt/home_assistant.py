"""What Home Assistant is told of a camera, so that it shows it without being configured.

The format is that of its MQTT integration (home-assistant.io/integrations/mqtt, "Device discovery payload").
"""

from collections.abc import Mapping
from typing import Any

from pipeline.messages import EMOTIONS

EXPIRE_S = 30
"""A camera of which nothing was heard for so long is shown as unavailable; each says its state every five seconds."""
NOBODY = "nobody"
"""Shown as the emotion where there is nobody."""
_LIVE = "{{ 'online' if value_json.state | default('') == 'live' else 'offline' }}"

_ATTRIBUTES = "{{ {" + ", ".join(f"'{key}': value_json.{key}" for key in ("state", "error", "saving")) + "} | tojson }}"
"""What is shown beside a camera that works or not; nothing that is new every five seconds, as it would be recorded."""


def discovery_topic(prefix: str, topic: str, camera: str) -> str:
    """Return where a camera is made known.

    Args:
        prefix: Under which Home Assistant looks.
        topic: Under which this program sends.
        camera: Name of the camera.
    """
    return f"{prefix}/device/{topic.replace('/', '_')}/{camera}/config"


def discovery_of(topic: str, camera: str, *, people: bool) -> Mapping[str, Any]:
    """Return what a camera is: a device with what is shown of it.

    Args:
        topic: Under which this program sends.
        camera: Name of the camera.
        people: Whether single people are told of, not sums alone.
    """
    here = f"{topic}/{camera}"
    running = {"topic": f"{topic}/status"}
    live = {"topic": f"{here}/camera", "value_template": _LIVE}
    seen = {"state_topic": f"{here}/people", "availability": [running, live], "availability_mode": "all"}
    parts: dict[str, dict[str, Any]] = {
        "people": {
            "platform": "sensor",
            "name": "People",
            "icon": "mdi:account-group",
            "state_class": "measurement",
            "value_template": "{{ value_json.people }}",
            "expire_after": EXPIRE_S,
            **seen,
        },
        "emotion": {
            "platform": "sensor",
            "name": "Emotion",
            "icon": "mdi:emoticon-outline",
            "device_class": "enum",
            "options": [*EMOTIONS, "uncertain", NOBODY],
            "value_template": f"{{{{ value_json.emotion or '{NOBODY}' }}}}",
            "expire_after": EXPIRE_S,
            **seen,
        },
        "live": {
            "platform": "binary_sensor",
            "name": "Camera",
            "device_class": "connectivity",
            "entity_category": "diagnostic",
            "value_template": "{{ 'ON' if value_json.state == 'live' else 'OFF' }}",
            "state_topic": f"{here}/camera",
            "json_attributes_topic": f"{here}/camera",
            "json_attributes_template": _ATTRIBUTES,
            "expire_after": EXPIRE_S,
            "availability": [running],
        },
    }
    if people:
        parts["person"] = {
            "platform": "event",
            "name": "Person",
            "event_types": ["appeared", "changed", "lost"],
            "value_template": "{{ dict(value_json, event_type=value_json.type) | tojson }}",
            **seen,
            "state_topic": f"{here}/person",
        }
    return {
        "device": {"identifiers": [here], "name": camera, "manufacturer": "Emobot"},
        "origin": {"name": "Emobot"},
        "components": {name: {**part, "unique_id": f"{here}/{name}"} for name, part in parts.items()},
        "qos": 1,
    }
