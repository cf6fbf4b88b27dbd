"""Augmentation of pixels, on the device that trains: the same operations on every backend of Keras.

Everything is done in integers, or in floats that hold integers up to 2,048 (which a card's fast matrix products keep
exactly). So the same random numbers give the same images on every backend and device, bit by bit.
"""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.networks import import_keras
from training.data.augment import FEW, GAIN_UNIT, NOISE_ROWS, SIGMAS, SUBPIXELS, Augment, Column, Draws, most
from training.data.noise import noisy

STEPS = 32
"""Units per pixel between which `_warped` interpolates, as OpenCV does."""
WEIGHT = 256
"""Units of weight per 1 in the matrices of `smoothing`."""
COSINE = 2048
"""Units per 1 in the matrix of the cosine transform; sums of its products stay below 2^24."""
LUMINANCE = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)
"""Steps of quantisation of JPEG's luminance at quality 50 (ITU-T T.81, table K.1)."""


def arranged(draws: Draws) -> NDArray[np.intp]:
    """Return an order of a batch's images in which `augment` needs to degrade few: smoothed first, JPEG last.

    With more degraded images than six standard deviations allow, which does not happen, some would not be degraded.
    """
    return np.argsort((draws[:, Column.QUALITY] > 0).astype(int) - (draws[:, Column.SMOOTH] > 0), kind="stable")


def augment(images: Any, draws: Any, options: Augment) -> Any:
    """Return each image changed as its random numbers say, `int32[n, side, side]`, 0 to 255.

    Args:
        images: Tensor of gray images, `uint8[n, side, side]`; `side` is a multiple of 8.
        draws: Tensor of their random numbers, `int32[n, 17]`, in the order of `arranged`.
        options: The strength with which they were drawn.
    """
    ops = import_keras().ops
    count, side = images.shape[0], images.shape[1]
    x = _lit(_warped(ops.cast(images, "int32"), draws[:, Column.MAP]), draws)
    smooth, coded = most(options.degrade * 2 / 3, count), most(options.degrade / 3, count)
    if smooth:
        x = ops.concatenate([_smoothed(x[:smooth], draws[:smooth, Column.SMOOTH]), x[smooth:]])
    if options.noise:
        x = noisy(x, draws, NOISE_ROWS)
    if coded:
        quality = draws[count - coded :, Column.QUALITY]
        x = ops.concatenate([x[: count - coded], _coded(x[count - coded :], quality)])
    if options.erase:
        top, left, height, width = (draws[:, i, None] for i in range(*Column.BOX.indices(Column.COUNT)))
        place = ops.arange(side, dtype="int32")[None]
        rows, columns = (place >= top) & (place < top + height), (place >= left) & (place < left + width)
        x = ops.where(rows[:, :, None] & columns[:, None, :], draws[:, Column.GRAY, None, None], x)
    return x


def mix(images: Any, targets: dict[str, Any], other: Any, box: Any, weight: Any) -> tuple[Any, dict[str, Any]]:
    """Return a batch mixed with a permutation of itself, images and targets, by mixup or CutMix.

    Args:
        images: Tensor `float32[n, side, side]`.
        targets: Targets of the images, `float32[n, ...]` by name.
        other: See `training.data.augment.Mixing`, of one step; also `box` and `weight`.
        box: In pixels of the image.
        weight: Outside the box.
    """
    ops = import_keras().ops
    place = ops.arange(images.shape[1], dtype="int32")
    rows, columns = ((place >= box[i]) & (place < box[i] + box[2]) for i in (0, 1))
    own = weight * (1 - ops.cast(rows[:, None] & columns[None, :], "float32"))
    share = ops.mean(own)
    mixed = images * own + ops.take(images, other, axis=0) * (1 - own)
    return mixed, {
        name: share * value + (1 - share) * ops.take(value, other, axis=0) for name, value in targets.items()
    }


def shrunk(images: Any) -> Any:
    """Return images, `int32[n, side, side]`, at two thirds of their side, averaged over the area."""
    side = images.shape[1]
    return _between(images, _whole(_area(side, side * 2 // 3)))


@cache
def smoothing() -> NDArray[np.float32]:
    """Return the matrices of `Column.SMOOTH`, `float32[k, 48, 48]`: none, few pixels, and blurs; times `WEIGHT`."""
    side = 48
    few = [_enlarged(few, side) @ _area(side, few) for few in range(FEW[0], FEW[1] + 1)]
    return np.stack([_whole(matrix) for matrix in (np.eye(side), *few, *(_blur(side, sigma) for sigma in SIGMAS))])


def _warped(x: Any, maps: Any) -> Any:
    """Interpolate linearly at each pixel's place; outside the image, the border continues."""
    ops = import_keras().ops
    count, side = x.shape[0], x.shape[1]
    place = ops.arange(side, dtype="int32")
    m = [maps[:, i, None, None] for i in range(6)]
    half = SUBPIXELS // STEPS // 2
    found = [
        ops.clip(
            (m[i] * place[None, None, :] + m[i + 1] * place[None, :, None] + m[i + 2] + half) // (2 * half),
            0,
            (side - 1) * STEPS,
        )
        for i in (0, 3)
    ]
    (left, along), (top, down) = ((value // STEPS, value % STEPS) for value in found)
    # four neighbours in one integer: one look-up a pixel instead of four
    right = ops.concatenate([x[:, :, 1:], x[:, :, -1:]], axis=2)
    pair = x + right * 256
    packed = pair + ops.concatenate([pair[:, 1:], pair[:, -1:]], axis=1) * 65536
    taken = ops.take_along_axis(
        ops.reshape(packed, (count, side * side)), ops.reshape(top * side + left, (count, side * side)), axis=1
    )
    p = ops.reshape(taken, (count, side, side))
    corner = [ops.bitwise_and(ops.right_shift(p, bits), 255) for bits in (0, 8, 16, 24)]
    upper = corner[0] * (STEPS - along) + corner[1] * along
    lower = corner[2] * (STEPS - along) + corner[3] * along
    return (upper * (STEPS - down) + lower * down + STEPS * STEPS // 2) // (STEPS * STEPS)


def _lit(x: Any, draws: Any) -> Any:
    """Change contrast, about each image's mean in sixteenths of a gray level, and brightness."""
    ops = import_keras().ops
    pixels = x.shape[1] * x.shape[2]
    mean = (ops.sum(x, axis=(1, 2), keepdims=True) * 16 + pixels // 2) // pixels
    gain, offset = (draws[:, column, None, None] for column in (Column.GAIN, Column.OFFSET))
    unit = 16 * GAIN_UNIT
    return ops.clip(((x * 16 - mean) * gain + mean * GAIN_UNIT + offset * unit + unit // 2) // unit, 0, 255)


def _smoothed(x: Any, which: Any) -> Any:
    ops = import_keras().ops
    return _between(x, ops.take(ops.convert_to_tensor(smoothing()), which, axis=0))


def _between(x: Any, matrix: Any) -> Any:
    """Return `matrix @ x @ matrix.T`, rounded after each product."""
    ops = import_keras().ops
    matrix = ops.convert_to_tensor(matrix)
    once = _rounded(ops.matmul(matrix, ops.cast(x, "float32")), WEIGHT)
    return ops.cast(_rounded(ops.matmul(once, ops.swapaxes(matrix, -1, -2)), WEIGHT), "int32")


def _coded(x: Any, quality: Any) -> Any:
    """Quantise each block of 8 x 8 pixels as JPEG does; images of quality 0 stay."""
    ops = import_keras().ops
    count, blocks = x.shape[0], x.shape[1] // 8
    q = ops.maximum(quality, 1)[:, None, None]
    scale = ops.where(q < 50, 5000 // q, 200 - 2 * q)
    steps = ops.clip((ops.convert_to_tensor(np.array(LUMINANCE, np.int32)) * scale + 50) // 100, 1, 255)
    steps = steps[:, None, None]
    turn = ops.convert_to_tensor(_cosines())
    back = ops.transpose(turn)
    block = ops.reshape(x, (count, blocks, 8, blocks, 8))
    block = ops.cast(ops.transpose(block, (0, 1, 3, 2, 4)) - 128, "float32")
    # two bits more between the products: 1,449 at most
    first = _rounded(ops.matmul(turn, block), COSINE / 4)
    quarters = ops.cast(_rounded(ops.matmul(first, back), COSINE), "int32")
    kept = ops.sign(quarters) * ((ops.abs(quarters) + 2 * steps) // (4 * steps)) * steps
    first = ops.clip(_rounded(ops.matmul(back, ops.cast(kept, "float32")), COSINE / 4), -2047, 2047)
    block = ops.cast(_rounded(ops.matmul(first, turn), COSINE * 4), "int32") + 128
    coded = ops.reshape(ops.transpose(block, (0, 1, 3, 2, 4)), x.shape)
    return ops.where((quality > 0)[:, None, None], ops.clip(coded, 0, 255), x)


def _rounded(x: Any, unit: float) -> Any:
    """Return whole multiples of a power of two, halves upwards: exact in float32."""
    return import_keras().ops.floor((x + unit / 2) * (1 / unit))


def _whole(matrix: NDArray[Any]) -> NDArray[np.float32]:
    """Return a matrix times `WEIGHT` in whole numbers, each row with the sum `WEIGHT`."""
    # first to six digits: halves must not depend on a processor's last bit
    whole: NDArray[np.float32] = np.rint(np.round(matrix * WEIGHT, 6)).astype(np.float32)
    whole[np.arange(len(whole)), whole.argmax(axis=1)] += WEIGHT - whole.sum(axis=1)
    return whole


def _area(side: int, few: int) -> NDArray[Any]:
    """Return the matrix that averages over the area, `[few, side]`."""
    edges = np.arange(few + 1)[:, None] * side / few
    return np.asarray(np.diff(np.clip(edges - np.arange(side), 0, 1), axis=0) * few / side)


def _enlarged(few: int, side: int) -> NDArray[Any]:
    """Return the matrix that interpolates linearly, `[side, few]`; beyond the outer pixels' centres they continue."""
    at = np.clip((np.arange(side) + 0.5) * few / side - 0.5, 0, few - 1)[:, None]
    return np.asarray(np.maximum(0, 1 - np.abs(at - np.arange(few))))


def _blur(side: int, sigma: float) -> NDArray[Any]:
    """Return the matrix of a Gaussian blur, `[side, side]`; images are mirrored about their last pixels."""
    reach = (round(6 * sigma + 1) | 1) // 2
    offsets = np.arange(-reach, reach + 1)
    weights = np.exp(-0.5 * (offsets / sigma) ** 2)
    matrix = np.zeros((side, side))
    for offset, weight in zip(offsets, weights / weights.sum(), strict=True):
        place = np.abs(np.arange(side) + offset)
        matrix[np.arange(side), np.minimum(place, 2 * (side - 1) - place)] += weight
    return matrix


def _cosines() -> NDArray[np.float32]:
    """Return the matrix of the discrete cosine transform of eight values, times `COSINE`, in whole numbers."""
    k, n = np.arange(8)[:, None], np.arange(8)[None]
    matrix = np.cos(np.pi * (2 * n + 1) * k / 16) / 2 * np.where(k == 0, np.sqrt(0.5), 1)
    return np.rint(matrix * COSINE).astype(np.float32)
