#!/usr/bin/env bash
# dtaidistance's distance_fast finds an infinite distance between some of the most similar series.
. "$(dirname "$0")/common.sh"
python_with dtaidistance==2.5.1 numpy==2.4.6
cat > "$temp/run.py" <<'END'
from itertools import combinations

import numpy as np
from dtaidistance import dtw

random = np.random.default_rng(0)
clip = random.normal(size=60).cumsum()
raters = [clip + random.normal(size=60) * 0.02 for _ in range(10)]  # ten who follow the same clip closely
others = [random.normal(size=60).cumsum() for _ in range(10)]  # and ten who watch something else


def pairs(distance, **options):
    """How many of the pairs of raters are infinitely far apart, and the largest of the other distances."""
    found = np.array([distance(a, b, **options) for a, b in combinations(raters, 2)])
    return f"{np.isinf(found).sum()} of {len(found)}, others up to {found[np.isfinite(found)].max():.2f}"


print(pairs(dtw.distance))
print(pairs(dtw.distance_fast))
print(pairs(dtw.distance_fast, use_pruning=False))
print(pairs(dtw.distance, use_pruning=True))
matrix = dtw.distance_matrix_fast(raters, use_pruning=True)
print(np.isinf(matrix[np.triu_indices(10, 1)]).sum())
# for which pairs: those that need no warping, so that the bound, the Euclidean distance, is the distance itself
lost = [(a, b) for a, b in combinations(raters, 2) if np.isinf(dtw.distance_fast(a, b))]
print(sum(bool(np.isclose(dtw.distance(a, b), np.linalg.norm(a - b))) for a, b in lost))
far = [(a, b) for a in raters for b in others]
print(sum(bool(np.isinf(dtw.distance_fast(a, b))) for a, b in far), f"{min(dtw.distance_fast(a, b) for a, b in far):.0f}")
END
run_python
same "infinite distances between similar series, by distance" "0 of 45, others up to 0.26" "$(line 1)"
same "by distance_fast" "9 of 45, others up to 0.26" "$(line 2)"
same "by distance_fast without pruning" "0 of 45, others up to 0.26" "$(line 3)"
same "by distance with pruning" "9 of 45, others up to 0.26" "$(line 4)"
same "by distance_matrix_fast with pruning" 9 "$(line 5)"
same "pairs of these nine whose distance is the Euclidean one" 9 "$(line 6)"
same "infinite distances to 100 pairs of different series, and the shortest of the others" "0 18" "$(line 7)"
verdict
