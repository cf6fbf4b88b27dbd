#!/usr/bin/env bash
# NLTK's weighted kappa is wrong with the max_distance of the scale: it divides only the expected disagreement by it.
. "$(dirname "$0")/common.sh"
python_with nltk==3.10.4 scikit-learn==1.9.1 scipy==1.17.1 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import numpy as np
from nltk.metrics.agreement import AnnotationTask
from nltk.metrics.distance import interval_distance
from sklearn.metrics import cohen_kappa_score

random = np.random.default_rng(1)
first = random.integers(1, 6, 200)  # intensities from 1 to 5
second = np.clip(first + random.integers(-1, 2, 200), 1, 5)  # another coder, at most one grade away


def task(distance):
    codes = {"A": first, "B": second}
    return AnnotationTask([(coder, clip, int(code)) for coder in codes for clip, code in enumerate(codes[coder])], distance)


for weights, distance, largest in (("linear", lambda a, b: abs(a - b), 4), ("quadratic", interval_distance, 16)):
    kappa = task(distance).weighted_kappa
    scaled = task(lambda a, b: distance(a, b) / largest).weighted_kappa
    print(*(f"{value:.2f}" for value in (
        cohen_kappa_score(first, second, weights=weights), kappa(), kappa(max_distance=largest), scaled(),
    )))
END
run_python
same "linear: scikit-learn, NLTK, with max_distance=4, with distances divided by 4" "0.66 0.66 -0.35 0.66" "$(line 1)"
same "quadratic, NLTK's interval_distance: with max_distance=16, divided by 16" "0.87 0.87 -1.15 0.87" "$(line 2)"
verdict
