#!/usr/bin/env bash
# torchmetrics decides for each batch whether it holds logits or probabilities, so measures depend on the batches.
. "$(dirname "$0")/common.sh"
python_with torchmetrics==1.9.0 torch==2.13.0 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import warnings

import torch

warnings.simplefilter("error")
from torchmetrics.classification import BinaryAccuracy, BinaryAUROC, BinaryCalibrationError, MultilabelF1Score

FRAMES, UNITS = 2000, 12  # UNITS: action units, each present or not
generator = torch.Generator().manual_seed(0)
present = torch.randint(0, 2, (FRAMES, UNITS), generator=generator)
logits = torch.randn(FRAMES, UNITS, generator=generator) + 2.0 * present - 1


def measured(predictions, size):
    """Of the first unit: accuracy, area under the curve, calibration error. Of all units: F1."""
    metrics = [BinaryAccuracy(), BinaryAUROC(), BinaryCalibrationError(), MultilabelF1Score(UNITS)]
    for start in range(0, FRAMES, size):
        rows = slice(start, start + size)
        for metric in metrics[:3]:
            metric.update(predictions[rows, 0], present[rows, 0])
        metrics[3].update(predictions[rows], present[rows])
    return " ".join(f"{metric.compute().item():.3f}" for metric in metrics)


for size in (FRAMES, 2, 1):
    print(measured(torch.sigmoid(logits), size))
    print(measured(logits, size))
END
run_python
what="accuracy, area under the curve, calibration error, and F1 of 12 units,"
same "$what of probabilities, in one batch" "0.840 0.920 0.103 0.842" "$(line 1)"
same "of logits" "0.840 0.920 0.103 0.842" "$(line 2)"
same "of probabilities, two frames at once" "0.840 0.920 0.103 0.842" "$(line 3)"
same "of logits" "0.841 0.913 0.095 0.842" "$(line 4)"
same "of probabilities, each frame alone" "0.840 0.920 0.103 0.842" "$(line 5)"
same "of logits" "0.822 0.879 0.067 0.842" "$(line 6)"
verdict
