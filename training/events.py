"""The numbers of each epoch for TensorBoard, beside `log.csv`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.networks import import_keras
from models.runtimes import import_tensorflow


class Events:
    """Writes event files that TensorBoard shows as curves; TensorBoard itself need not be installed.

    Nothing is written on other backends than TensorFlow, which would have to be loaded for it.

    Args:
        folder: Where to; a resumed training adds a file to those there are.
    """

    def __init__(self, folder: Path) -> None:
        self._tf: Any = import_tensorflow()[0] if import_keras().backend.backend() == "tensorflow" else None
        if self._tf is not None:
            self._writer = self._tf.summary.create_file_writer(str(folder))

    def write(self, epoch: int, values: Mapping[str, float]) -> None:
        """Add the numbers of an epoch; they are on disk when this returns."""
        if self._tf is None:
            return
        proto = self._tf.compat.v1.SummaryMetadata  # what `tf.summary.scalar` writes, which needs TensorBoard
        metadata = proto(plugin_data=proto.PluginData(plugin_name="scalars"), data_class="DATA_CLASS_SCALAR")
        with self._writer.as_default():
            for tag, value in values.items():
                self._tf.summary.write(tag, self._tf.constant(value, self._tf.float32), step=epoch, metadata=metadata)
        self._writer.flush()
