#!/usr/bin/env bash
# py-feat's downsample takes a rate for a number of rows, and notes it as the rate.
. "$(dirname "$0")/common.sh"
python_with pandas==3.1.1 scipy==1.17.1 numpy==2.4.6
"$python" -m pip download -q --no-deps --disable-pip-version-check -d "$temp" py-feat==2.1.5
cat > "$temp/run.py" <<'END'
import pathlib
import sys
import types
import unittest.mock
import warnings
import zipfile

import numpy as np
import pandas as pd

folder = pathlib.Path(sys.path[0])
zipfile.ZipFile(next(folder.glob("*.whl"))).extractall(folder)
# nothing of 3 GB of PyTorch and what else the package imports is needed for a table
for name in (
    "torch torch.utils torch.utils.data torchvision torchvision.io torchvision.transforms torchcodec torchcodec.decoders sklearn "
    "sklearn.metrics sklearn.metrics.pairwise sklearn.linear_model sklearn.model_selection matplotlib "
    "matplotlib.pyplot matplotlib.patches seaborn PIL plotly plotly.graph_objects feat.utils.io feat.transforms "
    "feat.plotting feat.pretrained feat.utils.blendshape_to_au"
).split():
    sys.modules[name] = unittest.mock.MagicMock()
sys.modules["torch.utils.data"].Dataset, sys.modules["torch"].Tensor = object, type("Tensor", (), {})
package = types.ModuleType("feat")
package.__path__ = [str(folder / "feat")]
sys.modules["feat"] = package
warnings.simplefilter("error")
warnings.filterwarnings("ignore", "The inplace keyword")  # of pandas, about its own next version
from feat.data import Fex

seconds = np.arange(60 * 30) / 30
fex = Fex(pd.DataFrame({"happiness": seconds}), sampling_freq=30)  # a minute in which each row is its own second
assert "target sampling frequency in Hz" in Fex.downsample.__doc__
for target, options in ((10, {}), (5, {}), (1, {}), (10, {"target_type": "hz"})):
    found = fex.downsample(target, **options)
    steps = np.diff(found["happiness"])
    print(len(found), found.sampling_freq, f"{len(found) / found.sampling_freq:.0f} {1 / steps.mean():.0f}")
END
run_python
what="a minute of 30 Hz: rows, noted Hz, seconds by these, and real Hz;"
same "$what downsample(10)" "180 10 18 3" "$(line 1)"
same "$what downsample(5)" "360 5 72 6" "$(line 2)"
same "$what downsample(1)" "1800 1 1800 30" "$(line 3)"
same "$what downsample(10, target_type='hz')" "600 10 60 10" "$(line 4)"
verdict
