"""What a word in `config.toml` stands for: `"module:Class"`, imported only when chosen."""

import importlib
import inspect
from typing import Any

from pipeline.errors import ConfigError
from pipeline.stage import Stage

SOURCES = {
    "demo": "stages.synthetic:Synthetic",
    "*": "stages.capture:Capture",
}
"""By the value of a camera's `source`; `*` is every other value, which the class then reads itself."""

STAGES = {
    "detect": "stages.detect:Detect",
    "emotion": "stages.emotion:Emotion",
    "overlay": "stages.overlay:Overlay",
}
"""By the name of the table; `use` in the table names another class."""

OUTPUTS = {
    "events": "stages.events:Events",
    "file": "stages.record:Record",
    "history": "stages.history:HistoryFile",
    "moments": "stages.moments:MomentPictures",
    "mqtt": "stages.mqtt.sink:Mqtt",
    "rtsp": "stages.rtsp:Rtsp",
    "table": "stages.table:Table",
    "web": "stages.web.sink:Web",
    "window": "stages.window:Window",
}
"""By the value of an output's `kind`."""


def resolve(use: str) -> type[Stage]:
    """Import a stage's class.

    Args:
        use: `"module:Class"`.

    Raises:
        ConfigError: There is no such module, or no such stage in it. A module that exists and fails to import raises
            what it raises.
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
