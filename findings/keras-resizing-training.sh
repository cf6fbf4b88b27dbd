#!/usr/bin/env bash
# A network with a Resizing layer in it runs in training mode when it is called, and each call changes its weights.
. "$(dirname "$0")/common.sh"
python_with keras==3.15.1 jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import keras
import numpy as np

FACES = np.full((4, 8, 8, 1), 3, "float32")
LAYERS = {
    "Resizing": keras.layers.Resizing(16, 16),
    "CenterCrop": keras.layers.CenterCrop(8, 8),
    "UpSampling2D": keras.layers.UpSampling2D(2),
}

for name, first in LAYERS.items():
    crops = keras.Input((8, 8, 1))
    normalise = keras.layers.BatchNormalization()
    network = keras.Model(crops, keras.layers.GlobalAveragePooling2D()(normalise(first(crops))))
    predicted = network.predict(FACES, verbose=0)[0, 0]
    called = np.asarray(network(FACES))[0, 0]
    mean = np.asarray(normalise.moving_mean)[0]
    after = np.asarray(network(FACES, training=False))[0, 0]
    print(f"{name}: predict {predicted:.2f}, called {called:.2f}, mean {mean:.2f}, with training=False {after:.2f}")
END
run_python KERAS_HOME="$temp/keras" KERAS_BACKEND=jax JAX_PLATFORMS=cpu
what="the same face, and the stored mean after one call"
same "$what" "Resizing: predict 3.00, called 0.00, mean 0.03, with training=False 2.98" "$(line 1)"
same "$what" "CenterCrop: predict 3.00, called 0.00, mean 0.03, with training=False 2.98" "$(line 2)"
same "$what" "UpSampling2D: predict 3.00, called 3.00, mean 0.00, with training=False 3.00" "$(line 3)"
verdict
