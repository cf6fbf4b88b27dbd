"""The colours of the emotions serve everybody."""

from models.display.palette import PALETTE
from tests.support.colors import least_difference, linear


def test_colours_can_be_told_apart_and_carry_text() -> None:
    """Any two colours differ, also for colour-blind people (Machado et al. 2009), and dark text can be read on each."""
    contrast = (linear(PALETTE.values()) @ [0.2126, 0.7152, 0.0722] + 0.05) / (0.006 + 0.05)

    assert least_difference(PALETTE.values()) > 11
    assert contrast.min() > 4.5
