#!/usr/bin/env bash
# The same call of keras.ops.image means something else on another backend, without an error.
. "$(dirname "$0")/common.sh"
python_with keras==3.15.1 tensorflow==2.21.0 jax==0.10.2 jaxlib==0.10.2 openvino==2026.4.1 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import numpy as np
from keras import ops


def numbers(tensor):
    return np.round(np.asarray(ops.convert_to_numpy(tensor), float).ravel(), 2).tolist()


ramp = np.tile(np.arange(5, dtype="float32")[None, None, :, None], (1, 5, 1, 1))
shrink = np.array([[1, 0, 0, 0, 1, 0, 0.25, 0]], "float32")  # x' = x / (0.25 x + 1)
print(numbers(ops.image.affine_transform(ramp, shrink))[:5])
print(numbers(ops.image.map_coordinates(ramp[0, 0, :, 0], np.array([[-2.0, -1.0]]), order=1, fill_mode="reflect")))
point = np.zeros((1, 7, 7, 1), "float32")
point[0, 3, 3, 0] = 1
blurred = ops.image.gaussian_blur(point, kernel_size=(5, 3), sigma=(1.0, 1.0), data_format="channels_last")
image = ops.convert_to_numpy(blurred)[0, :, :, 0]
print(*(int((image.sum(axis) > 0).sum()) for axis in (1, 0)), sep=" x ")
print(int(numbers(ops.image.rgb_to_grayscale(np.full((1, 1, 1, 3), 200, "uint8")))[0]))
END
export KERAS_HOME=$temp/keras JAX_PLATFORMS=cpu TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES=
for backend in numpy jax tensorflow openvino; do
  KERAS_BACKEND=$backend "$python" "$temp/run.py" > "$temp/$backend" 2> "$temp/log" || cat "$temp/log"
done
on() { sed -n "$2p" "$temp/$1"; }
for backend in numpy jax openvino; do
  same "affine_transform with c0 = 0.25 of a row 0 1 2 3 4, $backend" "[0.0, 1.0, 2.0, 3.0, 4.0]" "$(on $backend 1)"
  same "map_coordinates with reflect at -2 and -1, $backend" "[1.0, 0.0]" "$(on $backend 2)"
done
same "affine_transform, tensorflow" "[0.0, 0.8, 1.33, 1.71, 2.0]" "$(on tensorflow 1)"
same "map_coordinates, tensorflow" "[2.0, 1.0]" "$(on tensorflow 2)"
for backend in numpy jax; do
  same "rows x columns of a point after gaussian_blur with kernel_size (5, 3), $backend" "3 x 5" "$(on $backend 3)"
done
for backend in tensorflow openvino; do
  same "gaussian_blur, $backend" "5 x 3" "$(on $backend 3)"
done
for backend in numpy jax tensorflow; do
  same "rgb_to_grayscale of an 8-bit gray pixel of 200, $backend" 199 "$(on $backend 4)"
done
same "rgb_to_grayscale, openvino" 0 "$(on openvino 4)"
verdict
