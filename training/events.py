"""Metrics of each epoch for TensorBoard, in addition to `log.csv`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.networks import import_keras
from models.runtimes import import_tensorflow


class Events:
    """Writes event files for TensorBoard, which itself need not be installed.

    With other backends nothing is written, because that would require loading TensorFlow.

    Args:
        folder: Folder of the event files; resuming adds another file.
    """

    def __init__(self, folder: Path) -> None:
        self._tf: Any = import_tensorflow()[0] if import_keras().backend.backend() == "tensorflow" else None
        if self._tf is not None:
            self._writer = self._tf.summary.create_file_writer(str(folder))

    def write(self, epoch: int, values: Mapping[str, float]) -> None:
        """Write the metrics of an epoch and flush them to disk."""
        if self._tf is None:
            return
        proto = self._tf.compat.v1.SummaryMetadata  # same output as `tf.summary.scalar`, which needs TensorBoard
        metadata = proto(plugin_data=proto.PluginData(plugin_name="scalars"), data_class="DATA_CLASS_SCALAR")
        with self._writer.as_default():
            for tag, value in values.items():
                self._tf.summary.write(tag, self._tf.constant(value, self._tf.float32), step=epoch, metadata=metadata)
        self._writer.flush()
