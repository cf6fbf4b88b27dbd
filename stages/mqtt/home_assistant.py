"""Discovery messages, with which Home Assistant shows a camera without any configuration.

The format is that of its MQTT integration (home-assistant.io/integrations/mqtt, "Device discovery payload").
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from pipeline.messages import EMOTIONS

Parts = Mapping[str, Mapping[str, Any]]
"""Entities of a device, by name."""
NO_PARTS: Parts = MappingProxyType({})
EXPIRE_S = 30
"""Seconds without a message after which a camera is unavailable; each publishes its state every five seconds."""
NOBODY = "nobody"
"""Value of the emotion when no one is present."""
_LIVE = "{{ 'online' if value_json.state | default('') == 'live' else 'offline' }}"

_ATTRIBUTES = "{{ {" + ", ".join(f"'{key}': value_json.{key}" for key in ("state", "error", "saving")) + "} | tojson }}"
"""Attributes of a camera's connectivity; none that changes every five seconds, since Home Assistant records them."""


def discovery_topic(prefix: str, topic: str, camera: str) -> str:
    """Return the topic of a camera's discovery message.

    Args:
        prefix: Home Assistant's discovery prefix.
        topic: This program's topic prefix.
        camera: Name of the camera.
    """
    return f"{prefix}/device/{topic.replace('/', '_')}/{camera}/config"


def discovery_of(
    topic: str, camera: str, *, people: bool, more: Parts = NO_PARTS, gone: Parts = NO_PARTS
) -> Mapping[str, Any]:
    """Return a camera's discovery message: a device and its entities.

    Args:
        topic: This program's topic prefix.
        camera: Name of the camera.
        people: Whether events about individuals are published, not only sums.
        more: Further entities by name: those of its zones, lines and alerts.
        gone: Those that it had before; Home Assistant removes what is not in `more`.
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
            # "None" is Home Assistant's word for unknown
            "value_template": f"{{{{ value_json.emotion or ('{NOBODY}' if value_json.people == 0 else none) }}}}",
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
    for name, part in more.items():
        parts[name] = {"availability": [running, live], "availability_mode": "all", **part}
    components = {name: {**part, "unique_id": f"{here}/{name}"} for name, part in parts.items()}
    # a component of nothing but its platform is removed
    components |= {name: {"platform": part["platform"]} for name, part in gone.items() if name not in parts}
    return {
        "device": {"identifiers": [here], "name": camera, "manufacturer": "Emobot"},
        "origin": {"name": "Emobot"},
        "components": components,
        "qos": 1,
    }


def alarms_of(topic: str, here: str, alerts: Sequence[str]) -> Parts:
    """Return the binary sensors of a camera's alerts; available also while the camera is not, which may be the alert.

    Args:
        topic: This program's topic prefix.
        here: Topic of the camera.
        alerts: Their names.
    """
    return {
        f"alert-{name}": {
            "platform": "binary_sensor",
            "name": f"Alert {name}",
            "device_class": "problem",
            "value_template": "{{ 'ON' if value_json.raised else 'OFF' }}",
            "state_topic": f"{here}/alert/{name}",
            "json_attributes_topic": f"{here}/alert/{name}",
            "json_attributes_template": "{{ {'text': value_json.text, 'raised_at': value_json.raised_at} | tojson }}",
            "availability": [{"topic": f"{topic}/status"}],
        }
        for name in alerts
    }
