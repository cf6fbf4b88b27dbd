#!/usr/bin/env bash
# On JAX, keras.ops.image.gaussian_blur without data_format takes rows for channels: it blurs along rows only.
. "$(dirname "$0")/common.sh"
python_with keras==3.15.1 jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import numpy as np
import keras
from keras import ops

assert keras.config.image_data_format() == "channels_last"
point = np.zeros((1, 5, 5, 1), "float32")
point[0, 2, 2, 0] = 1
for options in ({}, {"data_format": "channels_last"}):
    image = ops.convert_to_numpy(ops.image.gaussian_blur(point, (3, 3), (1.0, 1.0), **options))[0, :, :, 0]
    rows, columns = (int((image.sum(axis) > 0).sum()) for axis in (1, 0))
    print(f"{rows} x {columns} pixels, sum {image.sum():.2f}")
END
export KERAS_HOME=$temp/keras JAX_PLATFORMS=cpu
blur() { KERAS_BACKEND=$1 "$python" "$temp/run.py" 2> "$temp/log" | sed -n "$2p"; }
same "a white pixel of a gray image, blurred 3 x 3, NumPy" "3 x 3 pixels, sum 1.00" "$(blur numpy 1)"
same "the same call, JAX" "1 x 3 pixels, sum 0.45" "$(blur jax 1)"
same "JAX, data_format named" "3 x 3 pixels, sum 1.00" "$(blur jax 2)"
verdict
