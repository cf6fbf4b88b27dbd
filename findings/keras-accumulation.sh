#!/usr/bin/env bash
# With gradient_accumulation_steps, Keras's learning rate schedules count batches, while `iterations` counts updates.
. "$(dirname "$0")/common.sh"
python_with keras==3.15.1 jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import sys

import keras
import numpy as np

steps = int(sys.argv[1])
seen = []


@keras.saving.register_keras_serializable()
class Halves(keras.optimizers.schedules.LearningRateSchedule):
    """1 for the first four steps, then a half, a quarter, ..."""

    def __call__(self, step):
        return 0.5 ** keras.ops.floor(keras.ops.cast(step, "float32") / 4)


weight = keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")
model = keras.Sequential([keras.Input((1,)), weight])
optimizer = keras.optimizers.SGD(Halves(), gradient_accumulation_steps=steps if steps > 1 else None)
# The loss is the output, so its gradient is 1, and each update subtracts the learning rate.
model.compile(optimizer, loss=lambda truth, output: keras.ops.mean(output))
before = 0.0
for _ in range(8):
    ones = np.ones((steps, 1), "float32")
    model.fit(ones, ones, batch_size=1, verbose=0)
    after = float(weight.get_weights()[0][0, 0])
    seen.append(f"{before - after:g}")
    before = after
print(int(optimizer.iterations), "updates, by", *seen)
END
export KERAS_HOME=$temp/keras KERAS_BACKEND=jax JAX_PLATFORMS=cpu
for steps in 1 4; do
  "$python" "$temp/run.py" $steps > "$temp/$steps"
done
same "a rate that halves each 4 steps, a batch per update" "8 updates, by 1 1 1 1 0.5 0.5 0.5 0.5" "$(cat "$temp/1")"
same "4 batches per update" "8 updates, by 1 0.5 0.25 0.125 0.0625 0.03125 0.015625 0.0078125" "$(cat "$temp/4")"
verdict
