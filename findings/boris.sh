# Sourced by findings about BORIS: installs it without its windows, and writes run.py from what it reads.
python_with numpy==2.4.6 pandas==2.3.3 tablib==3.8.0
# its arithmetic runs on older Pythons, too
"$python" -m pip install -qq --no-compile --no-deps --ignore-requires-python --disable-pip-version-check \
  boris-behav-obs==10.0.2
echo boris-behav-obs==10.0.2
{
  cat <<'END'
import sys
import unittest.mock
import warnings
from decimal import Decimal

QT = "PySide6 PySide6.QtCore PySide6.QtGui PySide6.QtWidgets"
WINDOWS = "dialog event_operations observation_operations select_observations select_subj_behav utilities"
for name in [*QT.split(), *(f"boris.{name}" for name in WINDOWS.split())]:
    sys.modules[name] = unittest.mock.MagicMock()  # the windows of the program
sys.modules["boris.event_operations"].read_event_field.return_value = None  # no number of a frame
warnings.simplefilter("error")
END
  cat
} > "$temp/run.py"
