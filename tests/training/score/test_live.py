"""What runs show: the blend against both label sets, labels on faces that do not change, delays of real changes."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import typer
from numpy.typing import NDArray
from typer.testing import CliRunner

from models.heads import FERPLUS, Outputs
from models.over_time.fusion import FusionSettings
from tests.training.small import make_faces, write_table
from training.data.faces import LABELS, DataError, Faces
from training.score import live, measure
from training.score.live import agreement, blended
from training.score.measure import CAMERAS, STANDARD, Setting
from training.score.steady import delay, shown, steadiness
from training.score.still import Camera, followers

HAPPY, SAD = LABELS.index("happy"), LABELS.index("sad")
AT_ONCE = FusionSettings(tau_s=0, margin=0, dwell_s=0)

app = typer.Typer()
app.command()(live.main)


def rows(*emotions: int, sure: float = 0.7) -> NDArray[np.float32]:
    """Return one sequence of these emotions, `float32[1, looks, 7]`."""
    p = np.full((1, len(emotions), 7), (1 - sure) / 6, np.float32)
    p[0, np.arange(len(emotions)), emotions] = sure
    return p


def test_a_camera_changes_pixels_but_not_the_face() -> None:
    """Each look at a face differs, the same seed gives the same ones, and their mean is the face."""
    images = make_faces(7, 0).images
    looks = np.stack(list(Camera(images, seed=3).looks(12)))
    again = np.stack(list(Camera(images, seed=3).looks(12)))
    mean = looks.mean(axis=0)
    apart = np.array([[np.abs(mean[i] - image).mean() for image in images] for i in range(len(images))])

    assert looks.shape == (12, 7, 48, 48) and looks.dtype == np.uint8
    assert (looks == again).all() and (looks[0] != next(Camera(images, seed=4).looks(1))).any()
    assert all((one != other).any(axis=(1, 2)).all() for one, other in zip(looks, looks[1:], strict=False))
    assert (apart.argmin(axis=1) == np.arange(7)).all()


def test_a_camera_moves_slowly_at_any_rate() -> None:
    """Successive looks at 30 Hz are closer to each other than at 3 Hz; both move as far in the end."""
    images = np.zeros((20, 48, 48), np.uint8)
    images[:, :, 24:] = 200
    fast, slow = (
        np.stack(list(Camera(images, hz, seed=1).looks(40))).mean(axis=(2, 3), dtype=np.float64) for hz in (30.0, 3.0)
    )

    assert np.diff(fast, axis=0).std() < 0.8 * np.diff(slow, axis=0).std()
    assert fast.std() == pytest.approx(slow.std(), rel=0.25)


def test_who_follows_shows_another_emotion() -> None:
    """A face without a clear emotion neither follows nor is followed; one emotion alone has no follower."""
    emotions = np.array([0, 0, -1, 3, 3, 6])
    after = followers(emotions)

    assert after[2] == -1 and 2 not in after
    assert all(emotions[after[i]] not in (emotions[i], -1) for i in (0, 1, 3, 4, 5))
    assert (followers(np.array([4, 4, -1])) == -1).all()


def test_labels_that_change_are_counted_by_the_minute() -> None:
    """Six seconds, in which the single label changes for one look and then for good."""
    p = rows(*[HAPPY] * 20, SAD, *[HAPPY] * 20, *[SAD] * 20)
    raw_only, both = steadiness(p, FusionSettings()), steadiness(p, AT_ONCE)

    assert (raw_only.raw, raw_only.shown, raw_only.between) == pytest.approx((30, 10, 10))
    assert both[:3] == pytest.approx((30, 30, 30))
    assert (both.uncertain, both.wrong) == pytest.approx((0, 21 / 61))
    assert steadiness(rows(*[SAD] * 61), FusionSettings()) == (0, 0, 0, 0, 0)


def test_an_uncertain_face_has_no_label() -> None:
    """A face below the limit of confidence is -1 and not wrong; what it changes from and to is no other emotion."""
    p = np.concatenate([rows(*[SAD] * 10), rows(*[SAD] * 51, sure=0.3)], axis=1)
    found = steadiness(p, AT_ONCE)

    assert shown(p, AT_ONCE)[0].tolist() == [SAD] * 10 + [-1] * 51
    assert found == pytest.approx((0, 10, 0, 51 / 61, 0))


@pytest.mark.parametrize(
    ("fusion", "hz", "median_s", "missed"),
    [
        (AT_ONCE, 10.0, 0.0, 0.0),
        (FusionSettings(tau_s=0, dwell_s=0.25), 10.0, 0.3, 0.0),
        (FusionSettings(tau_s=0, dwell_s=0.25), 20.0, 0.25, 0.0),
        (FusionSettings(margin=0.9), 10.0, np.inf, 1.0),
    ],
    ids=["at once", "dwell", "dwell at 20 Hz", "never"],
)
def test_a_change_is_timed_until_its_label(fusion: FusionSettings, hz: float, median_s: float, missed: float) -> None:
    """Happy follows sad and sad happy; a face whose label wavers is not used."""
    p = np.concatenate([rows(*[HAPPY] * 60), rows(*[SAD] * 60), rows(*[HAPPY, SAD] * 30)])
    found = delay(p, fusion, hz)

    assert found == pytest.approx((median_s, median_s, missed))
    with pytest.raises(DataError, match="expected clear faces of two emotions, found none among 1"):
        delay(p[:1], fusion, hz)


def test_a_share_is_compared_with_both_label_sets() -> None:
    """FER2013's head is right about its labels, FER+'s about the votes; contempt and doubt are none of the seven."""
    labels = np.array([HAPPY, HAPPY, SAD, SAD, SAD])
    votes = np.zeros((5, 10), np.float32)
    for i, name in enumerate(("happy", "sad", "sad", "contempt")):
        votes[i, FERPLUS.index(name)] = 10
    votes[4, :2] = 5
    faces = Faces(images=np.zeros((5, 48, 48), np.uint8), labels=labels, votes=votes)
    said = {"fer2013": np.eye(7, dtype=np.float32)[labels], "ferplus": votes[:, :8] / 10}

    assert agreement(said, faces, 0.0) == pytest.approx((1, 1, 2 / 3, (1 + 1 / 2) / 2))
    assert agreement(said, faces, 0.9)[2:] == (1, 1)
    assert agreement(said, faces, 0.9).fer2013 < 1
    assert agreement(said, faces, 0.0).balanced == pytest.approx(0.875)
    with pytest.raises(DataError, match=r"expected images with FER\+ votes, found none"):
        agreement(said, Faces(images=faces.images, labels=labels), 0.5)


def test_sequences_are_blended_look_by_look() -> None:
    """The blend of one look of one face is that of its two outputs."""
    own, votes = rows(HAPPY, SAD), np.eye(8, dtype=np.float32)[[[FERPLUS.index("sad")] * 2]]

    assert blended({"fer2013": own, "ferplus": votes}, 1.0).argmax(axis=2).tolist() == [[SAD, SAD]]
    assert blended({"fer2013": own, "ferplus": votes}, 0.0) == pytest.approx(own)


def test_the_program_prints_both_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that sees the class, with its labels in another order, agrees with both label sets at any share."""
    backwards = LABELS[::-1]
    card = SimpleNamespace(name="made", heads=("fer2013", "ferplus"), labels=backwards, input_size=48)

    def outputs(crops: NDArray[np.uint8]) -> Outputs:
        sums = np.stack([crops[:, 16:32, 6 * i : 6 * i + 9].mean(axis=(1, 2)) for i in range(7)], axis=1)
        p = np.exp(sums / 5 - sums.max(axis=1, keepdims=True) / 5)
        p = np.asarray(p / p.sum(axis=1, keepdims=True), np.float32)
        columns = [LABELS.index(name) if name in LABELS else 0 for name in FERPLUS]
        return {"fer2013": p[:, ::-1], "ferplus": p[:, columns] * [name in LABELS for name in FERPLUS]}

    monkeypatch.setattr(live, "load_card", lambda model: card)
    monkeypatch.setattr(live, "runner", lambda card, engine: outputs)
    table = write_table(tmp_path, {"Training": 7, "PublicTest": 14})
    found = CliRunner().invoke(app, ["made", "--data", str(table), "--faces", "7", "--seconds", "1"])

    assert found.exit_code == 0, found.output
    lines = found.output.splitlines()
    assert lines[0] == "14 images of PublicTest; 7 faces, 1 s at 10 Hz"
    shares = [
        line.split(" | ") for line in lines if line.startswith(tuple(f"| {share:g} | 1" for share in live.SHARES))
    ]
    assert len(shares) == len(live.SHARES)
    assert all(row[1:6] == ["100.0"] * 5 for row in shares)
    assert lines[-1].startswith(f"| {live.FUSIONS[-1].tau_s:g} | {live.FUSIONS[-1].margin:g} | ")

    card.heads = ("fer2013",)
    refused = CliRunner().invoke(app, ["made", "--data", str(table)])
    assert "expected a model with the heads fer2013 and ferplus, found made" in str(refused.exception)


def test_one_head_is_measured_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With `--head`, a card's other evaluations, which take long, are not repeated."""
    asked: list[tuple[Setting, ...]] = []

    def measure_card(model: str, faces: Faces, split: str, settings: tuple[Setting, ...]) -> SimpleNamespace:
        asked.append(settings)
        return SimpleNamespace(metrics=())

    monkeypatch.setattr(measure, "measure", measure_card)
    program = typer.Typer()
    program.command()(measure.main)
    table = write_table(tmp_path, {"Training": 7, "PublicTest": 7})
    for options in ([], ["--head", "blend"]):
        found = CliRunner().invoke(program, ["made", "--data", str(table), *options])
        assert found.exit_code == 0, found.output

    assert asked == [(*STANDARD, *CAMERAS), (Setting(head="blend"),)]
