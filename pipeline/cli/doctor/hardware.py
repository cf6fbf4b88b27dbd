"""What decodes and computes on this machine, and in a run that is active: decoders, and devices of OpenVINO."""

from collections.abc import Iterator
from typing import Any

from pipeline.cli.doctor.finding import Finding
from pipeline.config.plan import Plan
from pipeline.errors import InputError
from pipeline.metrics import names
from pipeline.metrics.counters import Counts, fetch_counts
from pipeline.supervision.runs import reachable

CODECS = {"H.264": "video/x-h264", "H.265": "video/x-h265", "MJPEG": "image/jpeg"}
"""What cameras send, and its name in GStreamer."""


def devices() -> Finding:
    """Return the devices on which OpenVINO can run a network here."""
    from models.devices import device_names
    from models.runtimes import openvino_core

    try:
        found = device_names()
        named = [f"{one} ({openvino_core().get_property(one, 'FULL_DEVICE_NAME')})" for one in found]
    except (ImportError, RuntimeError) as error:
        return Finding("OpenVINO", "note", f"cannot be used: {error}", "make setup")
    more = "" if set(found) <= {"CPU"} else "; [emotion] uses them, [detect] with device = 'auto'"
    return Finding("OpenVINO", "good", ", ".join(named) + more)


def decoders() -> Iterator[Finding]:
    """Yield the decoder that each kind of video gets here, and those in hardware."""
    from stages.media.gst.decoding import decoders_here, is_hardware

    factories = sorted(decoders_here().values(), key=lambda one: -one.get_rank())
    chosen = {kind: next((one for one in factories if _takes(one, caps)), None) for kind, caps in CODECS.items()}
    text = ", ".join(f"{kind} by {one.get_name() if one else 'nothing'}" for kind, one in chosen.items())
    yield Finding("decoders", "good", text)
    if hardware := [one.get_name() for one in factories if is_hardware(one)]:
        yield Finding("hardware decoder", "good", ", ".join(sorted(hardware)))
    else:
        yield Finding("hardware decoder", "note", "none", "nothing to fix: the CPU decodes")


def in_use(plan: Plan | None) -> Iterator[Finding]:
    """Yield what a run with this config, if it is active, uses now."""
    if plan is None or not plan.metrics.listen:
        return
    try:
        counts = fetch_counts(f"http://{reachable(plan.metrics.listen)}/metrics")
    except InputError:
        return  # no run
    for what, text in uses(counts):
        yield Finding(what, "good", text)


def uses(counts: Counts) -> Iterator[tuple[str, str]]:
    """Yield what runs on what, from a run's metrics: cameras and their decoders, networks and their devices."""
    for labels, value in sorted(counts.rows(names.DECODER), key=lambda row: row[0]["camera"]):
        if value:
            yield f"camera {labels['camera']}", f"decoded by {labels['decoder']} in the active run"
    for labels, value in sorted(counts.rows(names.DEVICE), key=lambda row: (row[0]["stage"], row[0]["network"])):
        if value:
            yield labels["stage"], f"{labels['network']} runs on the {labels['device']} in the active run"


def _takes(factory: Any, name: str) -> bool:
    from stages.media import gstreamer

    gst = gstreamer.load()
    # decoders of rank NONE are never chosen on their own
    return bool(factory.get_rank() and factory.can_sink_any_caps(gst.Caps.from_string(name)))
