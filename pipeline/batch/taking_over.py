"""Recordings on which an interrupted batch has worked continue where it was."""

import logging
from collections.abc import Mapping

from pipeline.batch.journal import WARM_UP_S
from pipeline.batch.workers import Claim, Worker

log = logging.getLogger("emobot")


def take_over(
    worker: Worker, claims: Mapping[str, Claim], from_s: float, *, resumes: bool
) -> dict[str, dict[str, float]]:
    """Put what is kept of recordings into a process's folder; return the options by which they continue.

    Args:
        worker: This process.
        claims: Recordings by camera name.
        from_s: Start of the part of each recording to process, seconds.
        resumes: Whether they can continue; otherwise what is kept of them is removed.
    """
    options: dict[str, dict[str, float]] = {}
    for name, claim in claims.items():
        if not resumes:
            worker.forget(claim)
            continue
        position_s = worker.adopt(name, claim)
        if position_s is not None:
            log.warning("%s: continuing at %.1f s, where a batch was interrupted", claim.source, position_s)
            options[name] = {"from_s": max(from_s, position_s - WARM_UP_S)}
    return options
