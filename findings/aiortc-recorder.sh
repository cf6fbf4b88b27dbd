#!/usr/bin/env bash
# aiortc's MediaRecorder moves frames to a grid of 30 Hz; two in one place end an MP4, without an error.
. "$(dirname "$0")/common.sh"
python_with aiortc==1.16.0 av==16.1.0 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import asyncio
import fractions
import warnings

import av
import numpy as np
from aiortc.contrib.media import MediaRecorder
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

warnings.simplefilter("error")
CLOCK = 90000  # Hz, as RTP counts the time of video
GRAY = np.full((64, 64), 128, np.uint8)


class Camera(MediaStreamTrack):
    """A track with a frame at each of these times, in seconds."""

    kind = "video"

    def __init__(self, times):
        super().__init__()
        self.frames, self.ended = iter(times), asyncio.Event()

    async def recv(self):
        await asyncio.sleep(0)
        for time in self.frames:
            frame = av.VideoFrame.from_ndarray(GRAY, format="gray").reformat(format="yuv420p")
            frame.pts, frame.time_base = round(time * CLOCK), fractions.Fraction(1, CLOCK)
            return frame
        self.ended.set()
        raise MediaStreamError


async def record(path, times):
    """What can be read of these frames once they are recorded, and the error of stop()."""
    recorder, camera = MediaRecorder(path), Camera(times)
    recorder.addTrack(camera)
    await recorder.start()
    try:
        await asyncio.wait_for(camera.ended.wait(), 5)
    except TimeoutError:
        pass  # the recorder takes no more frames
    try:
        await recorder.stop()
        said = "none"
    except av.error.FFmpegError as error:
        said = type(error).__name__
    try:
        with av.open(path) as container:
            return [frame.time for frame in container.decode(video=0)], said
    except av.error.InvalidDataError:
        return [], said


def state(path, times):
    found, said = asyncio.run(record(path, times))
    return f"{len(found)} {said}"


steady = [frame / 30 for frame in range(600)]
early = [time - 0.02 if frame == 300 else time for frame, time in enumerate(steady)]
print(state("steady.mp4", steady))
print(state("early.mp4", early))
print(state("early.webm", early))
print(state("60.mp4", [frame / 60 for frame in range(600)]))
print(*(f"{time:.3f}" for time in asyncio.run(record("25.mp4", [frame / 25 for frame in range(50)]))[0][:7]))
END
cd "$temp"
run_python
what="of 600 frames, those in the file, and the error of stop();"
same "$what 30 per second, MP4" "600 none" "$(line 1)"
same "$what one of them is 20 ms early, MP4" "343 none" "$(line 2)"
same "$what the same, WebM" "600 none" "$(line 3)"
same "$what 60 per second, MP4" "0 ValueError" "$(line 4)"
same "recorded times of 25 per second: 0.000 0.040 0.080 0.120" "0.000 0.033 0.067 0.133 0.167 0.200 0.233" "$(line 5)"
same "lines in the log" "0" "$(wc -l < log)"
verdict
