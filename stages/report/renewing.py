"""Brings the timeline and the summary of a recording up to date, if they are not."""

from models.display.timeline import draw_timeline, fingerprint, is_drawn
from pipeline.batch.results import SUMMARY, TIMELINE, save_summary
from pipeline.errors import InputError
from pipeline.messages import Language
from stages.lsl.marker_table import MOST_DRAWN
from stages.report.recording import Recording
from stages.results.reading import read_summary


def renew(recording: Recording, language: Language) -> None:
    """Draw the timeline and save the summary where they differ from what is there.

    Raises:
        InputError: They cannot be written.
    """
    folder, summary = recording.folder, recording.summary
    before = read_summary(folder)
    summary.language = language
    partial = folder / f"{TIMELINE}.partial"
    people, length_s, name = recording.people, summary.duration_s, summary.camera
    start_s = (summary.first_pts_ms or 0.0) / 1e3
    marks = [(pts_ms / 1e3, marker.text) for pts_ms, marker in recording.markers[:MOST_DRAWN]]
    try:
        if not is_drawn(folder / TIMELINE, fingerprint(people, length_s, name, language, start_s, marks)):
            draw_timeline(people, length_s, name, partial, language, start_s, marks)
            partial.replace(folder / TIMELINE)
        if summary != before:
            save_summary(summary, folder / SUMMARY)
    except OSError as error:
        raise InputError(f"cannot write into {folder}: {error.strerror}") from error
