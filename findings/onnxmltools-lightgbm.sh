#!/usr/bin/env bash
# onnxmltools exports LightGBM models as if five of their parameters were not set.
. "$(dirname "$0")/common.sh"
python_with onnxmltools==1.16.0 lightgbm==4.7.0 onnx==1.23.2 onnxruntime==1.32.0 onnxconverter-common==1.16.0 \
  skl2onnx==1.20.0 scikit-learn==1.9.1 numpy==2.4.6 scipy==1.17.1
cat > "$temp/run.py" <<'END'
import warnings

import lightgbm
import numpy as np
import onnxruntime
from onnx.reference import ReferenceEvaluator
from onnxmltools.convert import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType
from scipy.special import logit

warnings.filterwarnings("error", module="onnxmltools")
onnxruntime.set_default_logger_severity(3)  # it warns of an open shape, for each of these models
random = np.random.default_rng(0)
features, unseen = (random.normal(size=(count, 6)).astype(np.float32) for count in (1000, 1000))
for table in (features, unseen):
    table[random.random(table.shape) < 0.2] = 0
score = features[:, 0] + 0.5 * features[:, 1] + random.normal(0, 0.4, 1000)
smiles = (score > 0).astype(int)


def exported(model):
    """The value or the probability of a smile of each row, by the exported model."""
    file = convert_lightgbm(model, initial_types=[("X", FloatTensorType([None, 6]))], zipmap=False)
    found = onnxruntime.InferenceSession(file.SerializeToString()).run(None, {"X": unseen})[-1].reshape(1000, -1)[:, -1]
    again = ReferenceEvaluator(file).run(None, {"X": unseen[:20]})[-1].reshape(20, -1)[:, -1]
    assert np.allclose(found[:20], again, atol=1e-4)  # not a fault of ONNX Runtime
    return found


def trained(kind, target, **options):
    return kind(n_estimators=20, verbose=-1, random_state=0, **options).fit(features, target)


def by_lightgbm(model):
    return model.predict_proba(unseen)[:, 1] if hasattr(model, "predict_proba") else model.predict(unseen)


def largest(model):
    return f"{np.abs(exported(model) - by_lightgbm(model)).max():.2f}"


classifier, regressor = lightgbm.LGBMClassifier, lightgbm.LGBMRegressor
print(largest(trained(classifier, smiles)), largest(trained(regressor, score)))
steep, squared = trained(classifier, smiles, sigmoid=2.0), trained(regressor, 10 + 3 * score, reg_sqrt=True)
print(largest(steep), np.allclose(logit(exported(steep)) * 2, logit(by_lightgbm(steep)), atol=1e-3))
print(largest(squared), np.allclose(exported(squared) ** 2, by_lightgbm(squared), atol=1e-3))
print(largest(trained(regressor, score, linear_tree=True)))
for options in ({"zero_as_missing": True}, {"boosting_type": "rf", "bagging_fraction": 0.6, "bagging_freq": 1}):
    model = trained(classifier, smiles, **options)
    other = (exported(model) > 0.5) != model.predict(unseen)
    print(largest(model), f"{other.mean():.2f}")
END
run_python
what="largest difference of a probability or value"
same "$what: a plain classifier and regressor" "0.00 0.00" "$(line 1)"
same "$what: sigmoid=2; half of LightGBM's logit is exported" "0.15 True" "$(line 2)"
same "$what: reg_sqrt=True; the root of the value is exported" "11.89 True" "$(line 3)"
same "$what: linear_tree=True" "0.83" "$(line 4)"
same "$what, and share of other labels: zero_as_missing=True" "0.49 0.06" "$(line 5)"
same "a random forest (boosting_type)" "0.87 0.57" "$(line 6)"
same "warnings" 0 "$(grep -ci warn "$temp/log" || true)"
verdict
