#!/usr/bin/env bash
# skl2onnx exports an LDA of two classes with probabilities that are too sure, and a weighted kNN without its weights.
. "$(dirname "$0")/common.sh"
python_with skl2onnx==1.20.0 scikit-learn==1.9.1 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6 scipy==1.17.1
cat > "$temp/run.py" <<'END'
import warnings

import numpy as np
import onnxruntime
from onnx.reference import ReferenceEvaluator
from scipy.special import expit
from skl2onnx import to_onnx
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

warnings.simplefilter("error")
random = np.random.default_rng(0)
features, unseen = (random.normal(size=(count, 6)).astype(np.float32) for count in (300, 200))
score = features[:, 0] + 0.5 * features[:, 1] + random.normal(0, 0.4, 300)
smiles = (score > -0.7).astype(int)
grades = np.digitize(score, [-0.7, 0.5])


def exported(model):
    """Labels and probabilities of the unseen faces by the exported model."""
    file = to_onnx(model, unseen[:1], options={"zipmap": False})
    labels, shares = onnxruntime.InferenceSession(file.SerializeToString()).run(None, {"X": unseen})
    again = ReferenceEvaluator(file).run(None, {"X": unseen})
    assert np.array_equal(labels, again[0]) and np.allclose(shares, again[1], atol=1e-5)  # not a fault of ONNX Runtime
    return labels, shares


def differs(model):
    """The share of other labels, and the largest difference of a probability."""
    labels, shares = exported(model)
    return f"{(labels != model.predict(unseen)).mean():.2f} {np.abs(shares - model.predict_proba(unseen)).max():.2f}"


lda = LinearDiscriminantAnalysis().fit(features, smiles)
print(differs(LogisticRegression().fit(features, smiles)), differs(lda), sep=", ")
print(differs(LinearDiscriminantAnalysis().fit(features, grades)))
distance = lda.decision_function(unseen)
for factor, shares in ((1, lda.predict_proba(unseen)), (2, exported(lda)[1])):
    print(np.allclose(expit(factor * distance), shares[:, 1], atol=1e-4))
example = np.abs(lda.predict_proba(unseen)[:, 1] - 0.76).argmin()
print(f"{lda.predict_proba(unseen)[example, 1]:.2f} {exported(lda)[1][example, 1]:.2f}")

plain, weighted = (KNeighborsClassifier(weights=kind).fit(features, grades) for kind in ("uniform", "distance"))
print(differs(plain), differs(weighted), sep=", ")
print(np.allclose(exported(weighted)[1], plain.predict_proba(unseen), atol=1e-5))
far = np.linalg.norm(unseen[:, None].astype(float) - features, axis=2)
near = np.argsort(far, axis=1)[:, :5]
weights = 1 / np.take_along_axis(far, near, axis=1)
shares = np.stack([(weights * (grades[near] == grade)).sum(axis=1) for grade in range(3)], axis=1)
print(np.allclose(shares / weights.sum(axis=1, keepdims=True), weighted.predict_proba(unseen), atol=1e-4))
END
run_python
what="share of other labels and largest difference of a probability"
same "$what: logistic regression, and LDA of two classes" "0.00 0.00, 0.00 0.15" "$(line 1)"
same "LDA of three classes" "0.00 0.00" "$(line 2)"
same "scikit-learn's probability is the sigmoid of the distance" "True" "$(line 3)"
same "the exported one is the sigmoid of twice the distance" "True" "$(line 4)"
same "a probability by both" "0.77 0.92" "$(line 5)"
same "$what: five neighbours, and five weighted by their distance" "0.00 0.00, 0.09 0.12" "$(line 6)"
same "the exported weighted one is the unweighted one" "True" "$(line 7)"
same "the weighted one of scikit-learn, by arithmetic" "True" "$(line 8)"
verdict
