"""GIFs of plain colours."""

from pathlib import Path

from PIL import Image


def make_gif(path: Path, durations: list[int], size: tuple[int, int] = (64, 48)) -> None:
    """Write a GIF whose pictures all differ."""
    images = [Image.new("RGB", size, (10 * i, 100, 255 - 10 * i)) for i in range(len(durations))]
    images[0].save(path, save_all=True, append_images=images[1:], duration=durations, loop=0)
