#!/usr/bin/env bash
# An angle of a keypoint is counter-clockwise for Rotate of Albumentations and clockwise for RandomRotate90.
. "$(dirname "$0")/common.sh"
python_with albumentations==2.0.8 albucore==0.0.24 opencv-python-headless==4.14.0.94 numpy==2.4.6 scipy==1.17.1
cat > "$temp/run.py" <<'END'
import os
import warnings

os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"  # asks no server for a newer version
import albumentations
import cv2
import numpy as np

warnings.simplefilter("ignore")  # ShiftScaleRotate may go in a later version
SIZE = 101  # pixels
LEFT, RIGHT = (35.0, 45.0), (65.0, 62.0)  # two eyes of a tilted head
ROLL = np.degrees(np.arctan2(RIGHT[1] - LEFT[1], RIGHT[0] - LEFT[0]))  # degrees, clockwise
face = np.zeros((SIZE, SIZE, 3), np.uint8)
for (x, y), colour in ((LEFT, (255, 0, 0)), (RIGHT, (0, 0, 255))):
    cv2.circle(face, (round(x), round(y)), 4, colour, -1)


def turned(transform, seed=0):
    """The picture and by how much an angle is wrong if it counts clockwise, and if it counts counter-clockwise."""
    wrong = []
    for sign in (1, -1):
        keypoints = albumentations.KeypointParams(format="xya", angle_in_degrees=True, remove_invisible=False)
        out = albumentations.Compose([transform], keypoint_params=keypoints, seed=seed)(
            image=face, keypoints=[(*LEFT, sign * ROLL), (*RIGHT, sign * ROLL)]
        )
        points = np.array(out["keypoints"])
        pixels = [np.argwhere(out["image"][..., channel] > 128)[:, ::-1].mean(axis=0) for channel in (0, 2)]
        assert np.allclose(points[:, :2], pixels, atol=0.5)  # the places are right
        tilt = np.degrees(np.arctan2(points[1, 1] - points[0, 1], points[1, 0] - points[0, 0]))
        wrong.append(abs(round((sign * points[0, 2] - tilt + 180) % 360 - 180)))
    return out["image"], f"{wrong[0]} {wrong[1]}"


print(turned(albumentations.HorizontalFlip(p=1))[1], turned(albumentations.Transpose(p=1))[1], sep=", ")
print(*(turned(albumentations.Rotate(limit=(angle, angle), p=1))[1] for angle in (10, 20, -20)), sep=", ")
affine = albumentations.Affine(rotate=20, p=1), albumentations.ShiftScaleRotate(0, 0, (20, 20), p=1)
print(*(turned(transform)[1] for transform in affine), sep=", ")
quarter, by_rotate = turned(albumentations.Rotate(limit=(90, 90), p=1))
for kind in (albumentations.RandomRotate90, albumentations.D4):
    found = (turned(kind(p=1), seed) for seed in range(100))
    print(by_rotate, next(wrong for image, wrong in found if np.array_equal(image, quarter)), sep=", ")
END
run_python
what="degrees by which an angle is wrong if it is clockwise, and if it is counter-clockwise"
same "$what: mirrored, transposed" "0 0, 0 0" "$(line 1)"
same "Rotate by 10, 20 and -20 degrees" "20 0, 40 0, 40 0" "$(line 2)"
same "Affine and ShiftScaleRotate by 20 degrees" "40 0, 40 0" "$(line 3)"
same "Rotate by 90 degrees, and RandomRotate90 to the same picture" "180 0, 0 180" "$(line 4)"
same "Rotate by 90 degrees, and D4 to the same picture" "180 0, 0 180" "$(line 5)"
verdict
