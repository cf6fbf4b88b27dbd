"""`emobot evaluate` on everything people have: tables, folders of pictures, photographs; one model or several."""

import json
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import cv2
import matplotlib
import numpy as np
import pytest
import skimage
import typer
from click.testing import Result
from msgspec.structs import replace
from typer.testing import CliRunner

from models import devices
from models.cards import Card, load_card, save_card
from models.runtimes import openvino_core
from tests.training.small import picture, write_table
from training.cli import evaluate, train
from training.data.faces import LABELS
from training.data.reading import read
from training.score import evaluate as scoring
from training.score.evaluate import adjusted, predictions
from training.score.measure import STANDARD, Setting, measure

# Keras 3.15 converts TensorFlow's tensors the way NumPy 2 deprecates, when it saves and loads weights.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")]

app = typer.Typer()
app.command()(train)
app.command()(evaluate)

HOPPER = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
COLLINS = Path(skimage.__file__).parent / "data" / "astronaut.png"
runner = scoring.runner
HAS_BF16 = "BF16" in openvino_core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
KEYS = {"images", "accuracy", "interval", "balanced_accuracy", "macro_f1", "nll", "ece", "classes", "confusion"}


def call(command: str) -> Result:
    return CliRunner().invoke(app, shlex.split(command))


@pytest.fixture(scope="module", autouse=True)
def read_once() -> Iterator[None]:
    """Read each network from its file once: that takes longer than its answers."""
    made: dict[tuple[str, float, str], Any] = {}

    def kept(card: Card, engine: scoring.EngineName) -> Any:
        key = card.weights, Path(card.weights).stat().st_mtime, engine
        if key not in made:
            made[key] = runner(card, engine)
        return made[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scoring, "runner", kept)
        yield


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small FER2013 with its votes beside it."""
    return write_table(tmp_path_factory.mktemp("data"), {"Training": 112, "PublicTest": 70})


@pytest.fixture(scope="module")
def model(table: Path, no_curves: None, no_xla: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a network trained by the command on that table."""
    out = tmp_path_factory.mktemp("model")
    result = call(f"train tiny --data {table} --out {out} --epochs 4")
    assert result.exit_code == 0, result.output
    return out / "tiny.keras"


def test_every_head_answers_for_people_and_for_programs(model: Path, table: Path) -> None:
    """Text names the accuracy; JSON has every number; FER+ has eight classes and its own truth."""
    text = call(f"evaluate {model} --data {table}")
    assert text.exit_code == 0, text.output
    assert text.stdout.startswith("tiny: 70 images, accuracy ")

    for head, classes in {"fer2013": 7, "blend": 7, "ferplus": 8}.items():
        found = json.loads(call(f"evaluate {model} --data {table} --head {head} --json").stdout)
        (numbers,) = found["models"]
        assert numbers.keys() >= KEYS
        assert len(numbers["classes"]) == len(numbers["confusion"]) == classes
        assert np.sum(numbers["confusion"]) == numbers["images"] == 70
        assert numbers["interval"][0] < numbers["accuracy"] < numbers["interval"][1] or numbers["accuracy"] == 1
        assert found["split"] == "PublicTest" and found["head"] == head


def test_several_models_are_compared_on_the_same_images(model: Path, table: Path, eager: None, tmp_path: Path) -> None:
    """The second is the first after a training of one epoch; McNemar counts agree with the accuracies."""
    call(f"train tiny --data {table} --out {tmp_path / 'short'} --epochs 1 --seed 5")
    found = json.loads(call(f"evaluate {model} {tmp_path / 'short' / 'tiny.keras'} --data {table} --json").stdout)
    (compared,) = found["mcnemar"]
    first, second = (round(numbers["accuracy"] * 70) for numbers in found["models"])

    assert compared["only_first"] - compared["only_second"] == first - second
    assert 0 <= compared["p"] <= 1
    text = call(f"evaluate {model} {model} --data {table} --plots {tmp_path / 'plots'}").stdout
    assert "only one correct: tiny-1 0, tiny-2 0; McNemar p = 1.000" in text
    for name in ("confusion", "reliability", "roc", "risk"):
        assert cv2.imread(str(tmp_path / "plots" / "tiny-2" / f"{name}.png")) is not None


@pytest.mark.parametrize("engine", ["openvino-f32", "openvino-bf16"])
def test_the_live_engine_says_the_same(model: Path, table: Path, engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both heads, on the engine and precision asked for, are as good as with Keras within two pictures of seventy."""
    if engine == "openvino-bf16" and not HAS_BF16:
        pytest.skip("this processor has no bfloat16")
    monkeypatch.setenv("XDG_CACHE_HOME", str(model.parent / "cache"))
    for head in ("fer2013", "ferplus"):
        accuracies = [
            json.loads(call(f"evaluate {model} --data {table} --head {head} --engine {one} --json").stdout)["models"][
                0
            ]["accuracy"]
            for one in ("keras", engine)
        ]
        assert accuracies[1] == pytest.approx(accuracies[0], abs=2.01 / 70)


def test_no_other_precision_is_measured_instead(
    model: Path, table: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """On a processor without bfloat16, a result in it would be one in 32 bits; an older one stays in the card."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(model.parent / "cache"))
    monkeypatch.setattr(scoring, "runner", runner)
    monkeypatch.setattr(devices, "arithmetic", lambda *_: "f32")
    said = call(f"evaluate {model} --data {table} --engine openvino-bf16")
    setting = Setting(head="fer2013", engine="openvino-bf16")
    card = load_card(model)
    older = tuple(row for row in card.metrics if row.command.endswith("--head fer2013"))[:1]
    save_card(replace(card, metrics=older), model.with_suffix(".toml"))

    assert said.exit_code
    assert "openvino-bf16: expected a processor with bf16, found one that uses f32" in said.output
    assert older and measure(model, read(table)["PublicTest"], "PublicTest", [setting]).metrics == older
    assert "left out" in caplog.text


def test_what_a_machine_lacks_is_left_out(
    model: Path, table: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Without TensorFlow no network gets to OpenVINO, without GStreamer no stream: one line; the rest is measured."""
    monkeypatch.setattr(scoring, "runner", runner)
    monkeypatch.setattr(scoring, "create_engine", Mock(side_effect=RuntimeError("expected an export, found none")))
    monkeypatch.setitem(sys.modules, "gi", None)
    for how in (lacking := [Setting(head="fer2013", engine="openvino-f32"), Setting(head="fer2013", degrade="h264")]):
        said = call(f"evaluate {model} --data {table} --engine {how.engine} --degrade {how.degrade}")
        assert said.exit_code == 1 and len(said.stderr.splitlines()) == 1
    card = load_card(model)
    own = tuple(row for row in card.metrics if row.command.endswith("--head fer2013"))
    save_card(replace(card, metrics=own), model.with_suffix(".toml"))
    faces = read(table)["PublicTest"]
    found = measure(model, faces, "PublicTest", [*lacking, Setting(head="ferplus")])
    again = measure(model, faces, "PublicTest", [Setting(head="fer2013")])

    assert caplog.text.count("left out") == 2
    assert [row.head for row in found.metrics] == [row.head for row in again.metrics] == ["fer2013", "ferplus"]


def test_views_and_damages_change_the_answer(model: Path, table: Path) -> None:
    """Each degradation and each kind of test-time augmentation gives other probabilities, which still sum to 1."""
    card, images = load_card(model), read(table)["PublicTest"].images
    plain = predictions(card, images)["fer2013"]
    for options in [{"tta": "flip"}, {"tta": "shifts"}, *({"degrade": d} for d in ("24px", "16px", "blur", "jpeg"))]:
        p = predictions(card, images, **options)["fer2013"]  # type: ignore[arg-type]
        assert p.sum(axis=1) == pytest.approx(1, abs=1e-4)
        assert np.abs(p - plain).max() > 1e-3, options


def test_adjusting_helps_rare_classes(model: Path) -> None:
    """A class that is rare in Training gains on the others, by its share to the power of tau."""
    shares = dict.fromkeys(LABELS, 0.16) | {"disgust": 0.04}
    p = np.full((1, 7), 1 / 7, np.float32)
    q = adjusted(p, replace(load_card(model), shares=shares), 0.5)

    assert q.sum() == pytest.approx(1)
    assert q[0, 1] / q[0, 0] == pytest.approx(2)
    with pytest.raises(ValueError, match="expected a card with the class frequencies of Training, found none"):
        adjusted(p, replace(load_card(model), shares={}), 0.5)


def test_a_card_is_filled_by_measuring(model: Path, table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each standard setting is an entry with the command that gives it; measuring again replaces, not repeats."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(model.parent / "cache"))
    faces = read(table)["PublicTest"]
    card = measure(model, faces, "PublicTest")
    again = measure(model, faces, "PublicTest", [Setting(head="fer2013", degrade="24px")])

    expected = [setting for setting in STANDARD if HAS_BF16 or setting.engine != "openvino-bf16"]
    assert len(card.metrics) == len(expected)
    assert {row.command for row in again.metrics} == {row.command for row in card.metrics}
    assert load_card(model).metrics == again.metrics
    row = next(row for row in card.metrics if "--degrade 24px" in row.command)
    told = json.loads(
        call(
            row.command.replace("emobot ", "").replace(" tiny ", f" {model} ").replace("FER2013", str(table))
            + " --json"
        ).stdout
    )
    assert told["models"][0]["accuracy"] == pytest.approx(row.values["accuracy"], abs=1e-4)


def test_pictures_of_any_size_and_kind(model: Path, tmp_path: Path) -> None:
    """Gray and colour, small and large, two classes only: all count, and classes that are not there do not."""
    rng = np.random.default_rng(3)
    for label, name in ((3, "joie"), (4, "Sad")):
        (tmp_path / name).mkdir()
        gray = picture(label, rng)
        cv2.imwrite(str(tmp_path / name / "gray.png"), gray)
        cv2.imwrite(str(tmp_path / name / "large.jpg"), cv2.resize(gray, (300, 200)))
        cv2.imwrite(str(tmp_path / name / "colour.png"), cv2.merge([gray, gray, gray, gray]))
        cv2.imwrite(str(tmp_path / name / "tiny.bmp"), cv2.resize(gray, (7, 9)))
        (tmp_path / name / "notes.txt").write_text("no picture, and not named like one")
    found = json.loads(call(f"evaluate {model} --data {tmp_path} --json").stdout)["models"][0]

    assert found["images"] == 8
    assert found["classes"]["happy"]["images"] == found["classes"]["sad"]["images"] == 4
    assert found["balanced_accuracy"] == pytest.approx(
        (found["classes"]["happy"]["recall"] + found["classes"]["sad"]["recall"]) / 2
    )


def test_faces_are_cut_out_of_photographs(model: Path, tmp_path: Path) -> None:
    """Two portraits of different sizes are found; a wall is left out and counted; without faces there is one line."""
    (tmp_path / "happy").mkdir()
    for source in (HOPPER, COLLINS):
        image = cv2.imread(str(source))
        cv2.imwrite(str(tmp_path / "happy" / f"{source.stem}.png"), image)
        cv2.imwrite(str(tmp_path / "happy" / f"{source.stem}-half.jpg"), cv2.resize(image, None, fx=0.51, fy=0.51))
    cv2.imwrite(str(tmp_path / "happy" / "wall.png"), np.full((200, 301, 3), 128, np.uint8))
    result = call(f"evaluate {model} --data {tmp_path} --detect --json")

    assert result.exit_code == 0, result.output
    assert "no face found in 1 photographs, skipped them" in result.stderr
    found = json.loads(result.stdout)
    assert (found["models"][0]["images"], found["without_face"]) == (4, 1)
    for path in (tmp_path / "happy").iterdir():
        if path.stem != "wall":
            path.unlink()
    nobody = call(f"evaluate {model} --data {tmp_path} --detect")
    assert nobody.exit_code == 1
    assert len(nobody.stderr.splitlines()) == 1 and "with pictures of faces, found none, in" in nobody.stderr


@pytest.mark.parametrize(
    ("prepare", "options", "code", "message"),
    [
        ("renamed", "--data OUT", 1, "expected a class out of angry, .* found 'bored', folder .*/bored"),
        ("empty file", "--data OUT", 1, "expected a picture, found 0 bytes that are none, in .*/happy/a.png"),
        ("no pictures", "--data OUT", 1, "expected folders named angry, .* with pictures of faces, found none"),
        ("nothing", "--data OUT", 1, "expected folders named angry, .* found none"),
        ("nothing", "--data OUT/fer2013.csv", 1, "expected FER2013 as a .csv file or a folder, found nothing"),
        ("damaged row", "--data OUT/fer2013.csv", 1, "expected 2304 gray values, found 2, line 2 of"),
        ("damaged row", "--data OUT/fer2013.csv --detect", 2, "expected --data to be a folder of photographs"),
        ("binary", "--data OUT/fer2013.csv", 1, "expected a table in good order"),
        ("faces", "--data OUT --split Training", 2, "expected --split to be one of PublicTest, found Training"),
        ("faces", "--data OUT --votes OUT/none.csv", 1, "none.csv"),
    ],
)
def test_what_cannot_be_evaluated_is_one_clear_line(
    model: Path, tmp_path: Path, prepare: str, options: str, code: int, message: str
) -> None:
    """The error says what was expected, found and where, without a traceback."""
    if prepare in ("renamed", "empty file", "no pictures", "faces"):
        folder = tmp_path / ("bored" if prepare == "renamed" else "happy")
        folder.mkdir()
        if prepare in ("renamed", "faces"):
            cv2.imwrite(str(folder / "a.png"), picture(3, np.random.default_rng(0)))
        elif prepare == "empty file":
            (folder / "a.png").write_bytes(b"")
    elif prepare == "damaged row":
        (tmp_path / "fer2013.csv").write_text("emotion,pixels,Usage\n3,1 2,PublicTest\n")
    elif prepare == "binary":
        (tmp_path / "fer2013.csv").write_bytes(b"\x89PNG\xff\x00" * 50)
    result = call(f"evaluate {model} {options.replace('OUT', str(tmp_path))}")

    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    (line,) = result.stderr.splitlines()
    assert re.search("^emobot: .*" + message, line)
