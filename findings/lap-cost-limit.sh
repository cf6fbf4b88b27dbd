#!/usr/bin/env bash
# lapjv leaves a track unmatched although its pair costs less than cost_limit: the limit is also the price of a pair.
. "$(dirname "$0")/common.sh"
python_with lapx==0.11.1 scipy==1.17.1 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import lap
import numpy as np
from scipy.optimize import linear_sum_assignment

LIMIT = 0.8


def distance(a, b):
    """1 - IoU of two squares of 100 pixels in a row."""
    shared = max(0, 100 - abs(a - b))
    return 1 - shared / (200 - shared)


def matches(columns):
    return " ".join(str(int(column)) if column >= 0 else "-" for column in columns)


def within(costs):
    """Of all assignments without a pair above the limit, the cheapest of those with the most pairs."""
    rows, columns = linear_sum_assignment(np.where(costs > LIMIT, 100.0, costs))
    return [c if costs[r, c] <= LIMIT else -1 for r, c in zip(rows, columns)]


for people in (2, 3, 4):
    for moved in (20, 50):  # people stand 60 pixels apart and all step aside
        tracks = [60 * person for person in range(people)]
        costs = np.array([[distance(track, other + moved) for other in tracks] for track in tracks])
        found = lap.lapjv(costs, extend_cost=True, cost_limit=LIMIT)[1]
        print(f"{costs[0, 0]:.2f}: lapjv {matches(found)}, cheapest of most {matches(within(costs))}")
END
run_python
same "two people, each moved by 20 px" "0.33: lapjv 0 1, cheapest of most 0 1" "$(line 1)"
same "two people, moved by 50 px" "0.67: lapjv - 0, cheapest of most 0 1" "$(line 2)"
same "three people, moved by 20 px" "0.33: lapjv 0 1 2, cheapest of most 0 1 2" "$(line 3)"
same "three people, moved by 50 px" "0.67: lapjv - 0 1, cheapest of most 0 1 2" "$(line 4)"
same "four people, moved by 20 px" "0.33: lapjv 0 1 2 3, cheapest of most 0 1 2 3" "$(line 5)"
same "four people, moved by 50 px" "0.67: lapjv - 0 1 2, cheapest of most 0 1 2 3" "$(line 6)"
verdict
