#!/usr/bin/env bash
# Paired tests of researchpy pair others once a value is missing: rows are dropped, then paired by their order.
. "$(dirname "$0")/common.sh"
python_with researchpy==0.3.7 pandas==3.1.1 scipy==1.17.1 statsmodels==0.15.0 patsy==1.0.2 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import warnings

warnings.simplefilter("error")
import numpy as np
import pandas as pd
import researchpy
from scipy.stats import ttest_rel, wilcoxon

PEOPLE = 20
random = np.random.default_rng(1)
alone = random.normal(30, 10, PEOPLE)  # seconds of smiling; people differ more than the two situations do
together = alone + random.normal(4, 2, PEOPLE)
whole = pd.DataFrame(
    {
        "person": list(range(PEOPLE)) * 2,
        "situation": ["alone"] * PEOPLE + ["together"] * PEOPLE,
        "smile": np.concatenate([alone, together]),
    }
)


def without(*missing):
    """The table in which these people have no value in these situations."""
    table = whole.copy()
    for person, situation in missing:
        table.loc[(table.person == person) & (table.situation == situation), "smile"] = np.nan
    return table


def tested(table):
    """t, degrees of freedom and p of researchpy, and of the people who have both values; then p of Wilcoxon."""
    call = {"formula_like": "smile ~ C(situation)", "data": table, "independent_samples": False}
    t = researchpy.difference_test(**call).conduct()[1]["Results"]
    rank = researchpy.difference_test(**call, equal_variances=False).conduct()[2]["pval"][0]
    pairs = table.pivot(index="person", columns="situation", values="smile").dropna()
    right = ttest_rel(pairs.alone, pairs.together)
    rank_right = wilcoxon(pairs.alone, pairs.together, zero_method="pratt").pvalue
    return (
        f"t {t[2]:.1f} df {t[1]:.0f} p {t[3]:.2g} Wilcoxon {rank:.2g}; of {len(pairs)} people "
        f"t {right.statistic:.1f} df {right.df} p {right.pvalue:.2g} Wilcoxon {rank_right:.2g}"
    )


print(tested(whole))
print(tested(without((2, "alone"), (2, "together"))))
print(tested(without((2, "alone"), (15, "together"))))
try:
    tested(without((2, "alone")))
except ValueError:
    print("ValueError")
END
run_python
what="seconds of smiling alone and together:"
same "$what all 20 people" \
  "t -7.3 df 19 p 0 Wilcoxon 9.5e-06; of 20 people t -7.3 df 19 p 6.8e-07 Wilcoxon 9.5e-06" "$(line 1)"
same "$what one person has neither" \
  "t -6.9 df 18 p 0 Wilcoxon 1.9e-05; of 19 people t -6.9 df 18 p 2e-06 Wilcoxon 1.9e-05" "$(line 2)"
same "$what two people lack one each" \
  "t -1.9 df 18 p 0.068 Wilcoxon 0.049; of 18 people t -6.4 df 17 p 6.1e-06 Wilcoxon 3.8e-05" "$(line 3)"
same "$what one person lacks one" "ValueError" "$(line 4)"
verdict
