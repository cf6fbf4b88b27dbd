#!/usr/bin/env bash
# pingouin's intraclass correlation of single ratings is one of means where a rater rated a clip more than once.
. "$(dirname "$0")/common.sh"
python_with pingouin==0.7.0 pandas==2.3.3 scipy==1.17.1 statsmodels==0.15.0 scikit-learn==1.9.1 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import warnings

import numpy as np
import pandas as pd
import pingouin

random = np.random.default_rng(1)
levels = random.normal(size=200)  # what the clips show; each rating adds noise of twice that size


def rated(times):
    """A row for each rating, where two raters rate each of 200 clips this many times."""
    rows = [
        (clip, rater, levels[clip] + 2 * random.normal())
        for clip in range(200) for rater in "AB" for _ in range(times)
    ]
    return pd.DataFrame(rows, columns=["clip", "rater", "rating"])


def correlation(ratings):
    """ICC(A,1), and how many warnings there are."""
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always", UserWarning)
        table = pingouin.intraclass_corr(ratings, targets="clip", raters="rater", ratings="rating")
        told = [warning for warning in warned if issubclass(warning.category, UserWarning)]
    return f"{table.set_index('Type').ICC['ICC(A,1)']:.2f}, {len(told)} warnings"


for times in (1, 2, 10, 50):
    print(correlation(rated(times)))
try:
    print(correlation(rated(1)[1:]))
except ValueError:
    print("ValueError")
try:
    print(pingouin.cronbach_alpha(rated(2), items="rater", scores="rating", subject="clip"))
except ValueError:
    print("ValueError")
END
run_python
same "ICC(A,1), each clip rated once; by its definition 0.20" "0.15, 0 warnings" "$(line 1)"
same "twice" "0.40, 0 warnings" "$(line 2)"
same "ten times, as in ten frames of it" "0.67, 0 warnings" "$(line 3)"
same "fifty times" "0.92, 0 warnings" "$(line 4)"
same "a rating that is missing" "ValueError" "$(line 5)"
same "cronbach_alpha of clips that are rated twice" "ValueError" "$(line 6)"
verdict
