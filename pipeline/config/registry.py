"""Names of sources, stages and outputs in `config.toml`, and their classes, which are imported only when chosen."""

import importlib
import inspect
from typing import Any

from pipeline.errors import ConfigError
from pipeline.stage import Stage

SOURCES = {
    "demo": "stages.synthetic:Synthetic",
    "*": "stages.capture:Capture",
}
"""Class of a camera by its `source`; `*` is every other value, which the class parses itself."""

STAGES = {
    "detect": "stages.detect:Detect",
    "emotion": "stages.emotion:Emotion",
    "overlay": "stages.overlay:Overlay",
}
"""Class of a stage by the name of its table; `use` in the table names another class."""

OPTIONAL = {
    "landmarks": "stages.landmarks:Landmarks",
    "alerts": "stages.alerts.stage:Alerts",
}
"""Class of a stage that runs only if the config has its table, or for `alerts` a table `[alert.NAME]`."""

OUTPUTS = {
    "email": "stages.email.sink:Email",
    "events": "stages.events:Events",
    "file": "stages.record:Record",
    "history": "stages.history:HistoryFile",
    "lsl": "stages.lsl.sink:Lsl",
    "moments": "stages.moments:MomentPictures",
    "mqtt": "stages.mqtt.sink:Mqtt",
    "nats": "stages.nats.sink:Nats",
    "rtsp": "stages.rtsp:Rtsp",
    "table": "stages.table:Table",
    "web": "stages.web.sink:Web",
    "webhook": "stages.webhook.sink:Webhook",
    "window": "stages.window:Window",
}
"""Class of an output by its `kind`; a new output is one file, one line here and one in `pyproject.toml`."""


ROLES: dict[str, str] = (
    dict.fromkeys(SOURCES.values(), "source")
    | dict.fromkeys((STAGES | OPTIONAL).values(), "filter")
    | dict.fromkeys(OUTPUTS.values(), "sink")
)
"""Roles of our own stages; in another role they would swallow every frame, or wait for one for ever."""


def resolve(use: str) -> type[Stage]:
    """Import a stage's class.

    Args:
        use: `"module:Class"`.

    Raises:
        ConfigError: There is no such module, or no such stage in it. An exception in the module itself passes
            unchanged.
    """
    module_name, _, attribute = use.partition(":")
    if not module_name or not attribute or module_name.startswith("."):
        raise ConfigError(f'expected "module:Class", found {use!r}')
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not (module_name == error.name or module_name.startswith(error.name + ".")):
            raise
        raise ConfigError(f"expected a module that can be imported, found {use!r}: {error}") from error
    found: Any = getattr(module, attribute, None)
    if not (inspect.isclass(found) and issubclass(found, Stage)):
        raise ConfigError(f"expected a class derived from pipeline.stage.Stage, found {use!r}")
    if inspect.isabstract(found):
        raise ConfigError(f"expected a class that defines process(), found {use!r}")
    return found
