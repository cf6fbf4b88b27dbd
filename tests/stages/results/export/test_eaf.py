"""ELAN's files, read by another program's reader."""

from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from pympi import Elan

from stages.results.export.document import Media, make_document
from stages.results.export.eaf import write
from stages.results.reading import LABELS, read_results
from tests.stages.results.export.kit import NASTY, document_of
from tests.stages.results.tables import rows_of, write_results


def read(tmp_path: Path, text: str) -> Elan.Eaf:
    """Return what pympi reads."""
    path = tmp_path / "read.eaf"
    path.write_text(text, "utf-8")
    return Elan.Eaf(str(path))


def test_each_person_is_a_tier_of_episodes(tmp_path: Path) -> None:
    """In whole milliseconds; at 29.97 frames per second too, neighbours touch."""
    document = document_of(
        tmp_path, [*rows_of(1, "nnhhuu..h", fps=29.97), *rows_of(2, "..s.", fps=29.97)], 9, fps=29.97
    )
    eaf = read(tmp_path, write(document)[".eaf"])

    assert list(eaf.get_tier_names()) == ["Person 1", "Person 2"]
    assert eaf.get_parameters_for_tier("Person 2")["PARTICIPANT"] == "Person 2"
    assert sorted(a[:3] for a in eaf.get_annotation_data_for_tier("Person 1")) == [
        (0, 67, "neutral"),
        (67, 133, "happy"),
        (133, 200, "uncertain"),
        (267, 300, "happy"),
    ]
    assert [a[:3] for a in eaf.get_annotation_data_for_tier("Person 2")] == [(67, 100, "sad")]


def test_labels_are_a_controlled_vocabulary(tmp_path: Path) -> None:
    """Also those that nobody shows; each annotation refers to its entry."""
    text = write(document_of(tmp_path, rows_of(1, "h"), 1))[".eaf"]
    eaf = read(tmp_path, text)
    entries = {identifier: values[0][0] for identifier, (values, _) in eaf.get_cv_entries("emotions").items()}

    assert sorted(entries.values()) == sorted(LABELS)
    assert eaf.get_parameters_for_linguistic_type("emotion")["CONTROLLED_VOCABULARY_REF"] == "emotions"
    (annotation,) = Xml.fromstring(text).iter("ALIGNABLE_ANNOTATION")
    assert entries[annotation.attrib["CVE_REF"]] == annotation[0].text == "happy"


def test_annotations_have_their_own_slots_in_order(tmp_path: Path) -> None:
    """ELAN asks for the order, and moves every annotation of a slot."""
    document = document_of(tmp_path, [*rows_of(1, "nhnh"), *rows_of(2, "hhnn")], 4)
    root = Xml.fromstring(write(document)[".eaf"])
    times = [int(slot.attrib["TIME_VALUE"]) for slot in root.iter("TIME_SLOT")]
    used = [a.attrib[f"TIME_SLOT_REF{i}"] for a in root.iter("ALIGNABLE_ANNOTATION") for i in (1, 2)]

    assert times == sorted(times) and len(used) == len(set(used)) == len(times) == 12
    assert root.find("HEADER").attrib["TIME_UNITS"] == "milliseconds"  # type: ignore[union-attr]
    assert [child.tag for child in root if child.tag != "CONSTRAINT"] == [
        *("HEADER", "TIME_ORDER", "TIER", "TIER", "LINGUISTIC_TYPE", "LANGUAGE", "CONTROLLED_VOCABULARY")
    ]


def test_the_media_file_is_found_from_the_file(tmp_path: Path) -> None:
    """By its path, and relative to the file, also after the folder has moved."""
    source = tmp_path / 'films/été & <2> "x" 100%.mp4'
    results = read_results(write_results(tmp_path / "out/talk", [], frames=1, source=source))
    (linked,) = read(tmp_path, write(make_document(results, results.folder))[".eaf"]).get_linked_files()

    assert linked["MEDIA_URL"] == f"file://{source}" and linked["MIME_TYPE"] == "video/mp4"
    assert linked["RELATIVE_MEDIA_URL"] == f"../../films/{source.name}"


def test_a_media_file_known_by_name_is_beside_the_file(tmp_path: Path) -> None:
    """So that no path of this machine is sent to a visitor of the page."""
    document = document_of(tmp_path, [], 1, media=Media("talk.mkv", "talk.mkv"))
    (linked,) = read(tmp_path, write(document)[".eaf"]).get_linked_files()

    assert linked == {"MEDIA_URL": "talk.mkv", "MIME_TYPE": "video/*", "RELATIVE_MEDIA_URL": "./talk.mkv"}
    assert read(tmp_path, write(document_of(tmp_path, [], 1))[".eaf"]).get_linked_files() == []


@pytest.mark.parametrize(("name", "shown"), NASTY)
def test_any_name_is_one(tmp_path: Path, name: str, shown: str) -> None:
    """In one line, whatever characters it holds."""
    eaf = read(tmp_path, write(document_of(tmp_path, rows_of(1, "h"), 1, names={1: name}))[".eaf"])

    assert list(eaf.get_tier_names()) == [shown]


def test_two_people_of_one_name_are_two_tiers(tmp_path: Path) -> None:
    """The second has a number."""
    names = {1: "Ada", 2: "Ada\n"}
    eaf = read(tmp_path, write(document_of(tmp_path, [*rows_of(1, "h"), *rows_of(2, "s")], 1, names=names))[".eaf"])

    assert list(eaf.get_tier_names()) == ["Ada", "Ada (2)"]
