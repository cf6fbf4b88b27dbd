#!/usr/bin/env bash
# Weighted kappa of scikit-learn takes a grade's place among those that occur, not its value.
. "$(dirname "$0")/common.sh"
python_with scikit-learn==1.9.1 krippendorff==0.9.0 numpy==2.4.6
"$python" - > "$temp/out" <<'END'
import krippendorff
import numpy as np
from sklearn.metrics import cohen_kappa_score

# Two raters, ten clips, and grades 1 to 5 of which three are used. The raters confuse 5 with the middle one.
RATERS = ("1 1 m m 5 5 1 m 5 1".split(), "1 1 m m 5 m 1 5 5 1".split())
for middle in (2, 3, 4):
    first, second = ([int(grade.replace("m", str(middle))) for grade in rater] for rater in RATERS)
    found = cohen_kappa_score(first, second, weights="quadratic")
    scale = cohen_kappa_score(first, second, weights="quadratic", labels=[1, 2, 3, 4, 5])
    alpha = krippendorff.alpha(np.array([first, second], float), level_of_measurement="interval")
    print(f"{found:.2f} {scale:.2f} {alpha:.2f}")
words = ["low", "middle", "high"]
first, second = ([words["1m5".index(grade)] for grade in rater] for rater in RATERS)
print(*(f"{cohen_kappa_score(first, second, weights='quadratic', labels=labels):.2f}" for labels in (None, words)))
END
same "quadratic kappa, kappa with labels 1 to 5, Krippendorff's alpha; grades 1 2 5" "0.86 0.68 0.70" "$(sed -n 1p "$temp/out")"
same "grades 1 3 5" "0.86 0.86 0.86" "$(sed -n 2p "$temp/out")"
same "grades 1 4 5" "0.86 0.97 0.97" "$(sed -n 3p "$temp/out")"
same "low, middle and high; with labels in this order" "0.33 0.86" "$(sed -n 4p "$temp/out")"
verdict
