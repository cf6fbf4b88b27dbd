#!/usr/bin/env bash
# kornia's elastic transformation moves the image and its mask, and leaves landmarks and boxes where they were.
. "$(dirname "$0")/common.sh"
python_with kornia==0.9.0 torch==2.13.0 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import warnings

warnings.filterwarnings("error", module="kornia.augmentation")
import torch
from kornia.augmentation import AugmentationSequential, RandomAffine, RandomElasticTransform

SIZE, SPOT = 96, 2.0  # pixels of the image, and of the radius of a bright spot
rows, columns = torch.meshgrid(torch.arange(SIZE).float(), torch.arange(SIZE).float(), indexing="ij")
PLACES = [(x, y) for x in (30, 48, 66) for y in (30, 48, 66)]  # of landmarks


def spot(x, y):
    return torch.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * SPOT**2))


def middle(image):
    bright = image * (image > 0.3 * image.max())
    return torch.stack([(bright * columns).sum(), (bright * rows).sum()]) / bright.sum()


def distances(augmentation):
    """Mean distances to the spot in the image: of where it was before, of it in the mask, of its landmark, of its box."""
    found = []
    for x, y in PLACES:
        image = spot(x, y)[None, None]
        box = torch.tensor([[[x - 4.0, y - 4, x + 4, y + 4]]])
        augment = AugmentationSequential(augmentation, data_keys=["input", "mask", "keypoints", "bbox_xyxy"])
        image, mask, landmark, box = augment(image, image, torch.tensor([[[float(x), y]]]), box)
        places = torch.tensor([x, y]), middle(mask[0, 0]), landmark[0, 0], (box[0, 0, :2] + box[0, 0, 2:]) / 2
        found.append(torch.stack([(place - middle(image[0, 0])).norm() for place in places]))
    return " ".join(f"{distance:.0f}" for distance in torch.stack(found).mean(0))


torch.manual_seed(0)
print(distances(RandomElasticTransform(kernel_size=(33, 33), sigma=(8.0, 8.0), alpha=(8.0, 8.0), p=1.0)))
print(distances(RandomAffine((20.0, 20.0), translate=(0.1, 0.1), p=1.0)))
END
run_python
what="pixels from a spot in the image to where it was before, to it in the mask, to its landmark and to its box:"
same "$what RandomElasticTransform" "6 0 6 6" "$(line 1)"
same "RandomAffine" "9 0 0 0" "$(line 2)"
verdict
