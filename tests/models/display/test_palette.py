"""The colours of the emotions serve everybody."""

import numpy as np

from models.display.palette import PALETTE


def test_colours_can_be_told_apart_and_carry_text() -> None:
    """Any two colours differ, also for colour-blind people (Machado et al. 2009), and dark text can be read on each."""
    from skimage.color import deltaE_ciede2000, rgb2lab

    normal = np.eye(3)
    deutan = [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    protan = [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    tritan = [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    srgb = np.array([[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in PALETTE.values()]) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    for seen in (normal, deutan, protan, tritan):
        light = np.clip(linear @ np.transpose(seen), 0, 1)
        lab = rgb2lab(np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055))
        pairs = [deltaE_ciede2000(lab[i], lab[j]) for i in range(len(lab)) for j in range(i)]
        assert min(pairs) > 11
    contrast = (linear @ [0.2126, 0.7152, 0.0722] + 0.05) / (0.006 + 0.05)
    assert contrast.min() > 4.5
