#!/usr/bin/env bash
# Keras's concordance correlation is one of each row, or the mean of one of each batch, never that of a data set.
. "$(dirname "$0")/common.sh"
python_with keras==3.15.1 jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import keras
import numpy as np

draw = np.random.default_rng(0)
# 64 faces by the row, their valence and arousal by the column, and a fair estimate of both.
truth = draw.normal(size=(64, 2)).astype("float32")
found = (0.7 * truth + 0.5 * draw.normal(size=(64, 2))).astype("float32")


def by_keras(metric, columns, batch):
    model = keras.Sequential([keras.Input((columns,)), keras.layers.Identity()])
    model.compile(metrics=[metric], loss="mse")
    return model.evaluate(found[:, :columns], truth[:, :columns], batch_size=batch, verbose=0)[1]


def by_definition(a, b):
    return 2 * np.mean((a - a.mean()) * (b - b.mean())) / (a.var() + b.var() + (a.mean() - b.mean()) ** 2)


print(*(f"{by_definition(a, b):.2f}" for a, b in zip(truth.T, found.T)))
ccc = keras.metrics.ConcordanceCorrelation
print(*(f"{by_keras(ccc(), columns, 16):.2f}" for columns in (1, 2)))
print(*(f"{by_keras(ccc(axis=0), 1, batch):.2f}" for batch in (64, 16, 4, 1)))
print(*(f"{by_keras(keras.metrics.R2Score(), 1, batch):.2f}" for batch in (64, 16, 4, 1)))
END
run_python KERAS_HOME="$temp/keras" KERAS_BACKEND=jax JAX_PLATFORMS=cpu
same "concordance of valence and of arousal" "0.74 0.80" "$(line 1)"
same "Keras's, as in its documentation, of valence, and of both" "0.00 0.39" "$(line 2)"
same "Keras's of valence with axis=0, in batches of 64, 16, 4 and 1" "0.74 0.71 0.53 0.00" "$(line 3)"
same "Keras's R2Score of the same" "0.56 0.56 0.56 0.56" "$(line 4)"
verdict
