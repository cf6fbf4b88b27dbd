#!/usr/bin/env bash
# statsmodels counts a missing rating as a category of its own: coders who skip the same clips agree on them.
. "$(dirname "$0")/common.sh"
python_with statsmodels==0.15.0 pandas==2.3.3 krippendorff==0.9.0 scipy==1.17.1 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import krippendorff
import numpy as np
import pandas as pd
from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa

ratings = np.random.default_rng(1).integers(0, 3, (100, 3)).astype(float)  # three coders who guess


def measures(ratings):
    """Categories, Fleiss's kappa and Krippendorff's alpha of clips x coders."""
    counts, categories = aggregate_raters(pd.DataFrame(ratings, columns=["A", "B", "C"]))
    alpha = krippendorff.alpha(ratings.T, level_of_measurement="nominal")
    return f"{' '.join(f'{category:.0f}' for category in categories)}; {fleiss_kappa(counts):.2f} {alpha:.2f}"


print(measures(ratings))
print(measures(ratings[60:]))
skipped = ratings.copy()
skipped[:60] = np.nan  # no face in these clips: nobody could code them
print(measures(skipped))
agreed = np.repeat(np.arange(100) % 3.0, 3).reshape(100, 3)  # three coders who always agree
agreed[np.arange(100), np.arange(100) % 3] = np.nan  # each clip was coded by two of them
print(measures(agreed))
END
run_python
same "coders who guess: categories; Fleiss's kappa, Krippendorff's alpha" "0 1 2; 0.00 0.01" "$(line 1)"
same "40 clips that all coded" "0 1 2; 0.11 0.12" "$(line 2)"
same "and 60 that none coded" "0 1 2 nan; 0.60 0.12" "$(line 3)"
same "coders who agree, each clip coded by two of three" "0 1 2 nan; 0.10 1.00" "$(line 4)"
verdict
