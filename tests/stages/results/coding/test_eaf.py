"""Documents of ELAN."""

from pathlib import Path

import pytest
from pympi import Elan

from pipeline.errors import InputError
from stages.results.coding.reading import read_coding
from tests.stages.results.coding.files import SMILES, eaf, plain

ALIGNED = '<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="{0}" TIME_SLOT_REF1="{1}" TIME_SLOT_REF2="{2}">'
ENDED = "<ANNOTATION_VALUE>{0}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>"
REFERS = (
    '<ANNOTATION><REF_ANNOTATION ANNOTATION_ID="{0}" ANNOTATION_REF="{1}"><ANNOTATION_VALUE>{2}</ANNOTATION_VALUE>'
    "</REF_ANNOTATION></ANNOTATION>"
)


def slots(*times: int | None) -> str:
    """Return the time slots t0, t1, ..."""
    values = ["" if time is None else f' TIME_VALUE="{time}"' for time in times]
    return (
        "<TIME_ORDER>"
        + "".join(f'<TIME_SLOT TIME_SLOT_ID="t{i}"{value}/>' for i, value in enumerate(values))
        + "</TIME_ORDER>"
    )


def aligned(name: str, first: int, value: str) -> str:
    """Return an annotation between two slots that follow each other."""
    return ALIGNED.format(name, f"t{first}", f"t{first + 1}") + ENDED.format(value)


def test_another_program_s_document_is_read(tmp_path: Path) -> None:
    """The participant is the person; without one, the tier is."""
    document = Elan.Eaf()
    document.remove_tier("default")
    document.add_tier("emotion", part="anna")
    document.add_tier("ben")
    for start, end, code in SMILES:
        document.add_annotation("emotion", round(start * 1e3), round(end * 1e3), code)
    document.add_annotation("ben", 0, 700, "sad")
    path = tmp_path / "talk.eaf"
    document.to_file(str(path))

    assert plain(read_coding(path)) == [*(("anna", *mark) for mark in SMILES), ("ben", 0.0, 0.7, "sad")]
    assert plain(read_coding(path, tiers=["ben"])) == [("ben", 0.0, 0.7, "sad")]


def test_a_slot_without_a_time_lies_between_its_neighbours(tmp_path: Path) -> None:
    """ELAN writes no times inside a subdivided annotation."""
    body = slots(1000, None, None, 4000) + '<TIER TIER_ID="a">'
    body += "".join(aligned(f"a{i}", i, code) for i, code in enumerate(("happy", "sad", "happy"))) + "</TIER>"
    path = tmp_path / "talk.eaf"
    path.write_text(eaf(body))

    assert [one[1:3] for one in plain(read_coding(path))] == [(1.0, 2.0), (2.0, 3.0), (3.0, 4.0)]


def test_a_dependent_annotation_has_the_time_of_its_parent(tmp_path: Path) -> None:
    """Several children share it evenly, and a tier may come before the one it depends on."""
    body = slots(1000, 2000)
    body += f'<TIER TIER_ID="emotion">{REFERS.format("b1", "a1", "happy")}{REFERS.format("b2", "a1", "sad")}</TIER>'
    body += f'<TIER TIER_ID="speech">{aligned("a1", 0, "hello")}</TIER>'
    path = tmp_path / "talk.eaf"
    path.write_text(eaf(body))

    assert plain(read_coding(path, tiers=["emotion"])) == [
        ("emotion", 1.0, 1.5, "happy"),
        ("emotion", 1.5, 2.0, "sad"),
    ]


@pytest.mark.parametrize(
    ("recording", "start"),
    [("talk", 2.5), ("other", 1.0), ("unknown", 1.0), ("große Runde", 3.0), ("e\u0301", 4.0)],
)
def test_the_origin_of_the_media_is_added(tmp_path: Path, recording: str, start: float) -> None:
    """It belongs to the file with the recording's name, else to the first."""
    header = '<MEDIA_DESCRIPTOR MEDIA_URL="file:///films/other.mp4"/>'
    header += '<MEDIA_DESCRIPTOR MEDIA_URL="file:///films/talk.mp4" TIME_ORIGIN="1500"/>'
    # ELAN writes addresses, and some systems letters apart from their accents
    header += '<MEDIA_DESCRIPTOR MEDIA_URL="file:///films/gro%C3%9Fe%20Runde.mp4" TIME_ORIGIN="2000"/>'
    header += '<MEDIA_DESCRIPTOR MEDIA_URL="file:///films/%C3%A9.mp4" TIME_ORIGIN="3000"/>'
    path = tmp_path / "coded.eaf"
    path.write_text(eaf(slots(1000, 2000) + f'<TIER TIER_ID="a">{aligned("a1", 0, "happy")}</TIER>', header))

    assert plain(read_coding(path, recording))[0][1] == start


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "expected an ELAN document, found no element found"),
        ("<html></html>", "expected an ELAN document, found the element html"),
        ('<?xml version="1.0" encoding="klingon"?><a/>', "expected an ELAN document, found unknown encoding"),
        (eaf("", units="pixels"), "expected times in milliseconds, found pixels"),
        (eaf('<TIER TIER_ID="a"/>'), "expected coded intervals, found none"),
        (eaf(slots(1000) + f'<TIER TIER_ID="a">{aligned("a1", 0, "x")}</TIER>'), "found 't1' missing or wrong"),
        (
            eaf(slots(1000, 900) + f'<TIER TIER_ID="a">{aligned("a1", 0, "x")}</TIER>'),
            "found 'x' from 1.000 to 0.900 s",
        ),
        (eaf(slots(None, None) + f'<TIER TIER_ID="a">{aligned("a1", 0, "x")}</TIER>'), "found TIME_VALUE missing"),
        (eaf(f'<TIER TIER_ID="a">{REFERS.format("b1", "b1", "x")}</TIER>'), "found ANNOTATION_REF missing"),
        (
            eaf(
                slots(0, 2000, 1000, 3000) + f'<TIER TIER_ID="a">{aligned("a1", 0, "x")}{aligned("a2", 2, "y")}</TIER>'
            ),
            "expected one code at a time, found 'x' and 'y' at 1.000 s for a",
        ),
    ],
)
def test_a_mistake_is_one_line(tmp_path: Path, text: str, said: str) -> None:
    """It names the file."""
    path = tmp_path / "talk.eaf"
    path.write_text(text)

    with pytest.raises(InputError) as error:
        read_coding(path)
    assert said in str(error.value) and str(path) in str(error.value) and "\n" not in str(error.value)
