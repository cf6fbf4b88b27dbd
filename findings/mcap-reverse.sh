#!/usr/bin/env bash
# mcap ignores reverse in files without an index of chunks: the last message asked for is the first one.
. "$(dirname "$0")/common.sh"
python_with mcap==1.6.0 lz4==4.4.5 zstandard==0.25.0
cat > "$temp/run.py" <<'END'
import io
import warnings

warnings.simplefilter("error")
from mcap.reader import make_reader
from mcap.writer import IndexType, Writer

SECOND = 10**9  # nanoseconds


def recording(**options):
    """A message each second, such as what a camera sees, from 0 to 99 s."""
    file = io.BytesIO()
    writer = Writer(file, **options)
    writer.start()
    channel = writer.register_channel("/emotion", "json", writer.register_schema("emotion", "jsonschema", b"{}"))
    for second in range(100):
        writer.add_message(channel, log_time=second * SECOND, publish_time=second * SECOND, data=b"{}")
    writer.finish()
    return file


def seconds(file, **options):
    file.seek(0)
    return [message.log_time // SECOND for _, _, message in make_reader(file).iter_messages("/emotion", **options)]


for options in ({}, {"use_chunking": False}, {"index_types": IndexType.NONE}):
    file = recording(**options)
    forward, backward = seconds(file), seconds(file, reverse=True)
    latest = seconds(file, reverse=True, ending_before=50 * SECOND)[0]
    print(len(forward), forward[0], forward[-1], "|", len(backward), backward[0], backward[-1], "|", latest)
END
run_python
what="messages and the times of the first and last one; in reverse; the latest before 50 s:"
same "$what by default" "100 0 99 | 100 99 0 | 49" "$(line 1)"
same "without chunks, as of ROS 2's preset fastwrite" "100 0 99 | 100 0 99 | 0" "$(line 2)"
same "without indexes" "100 0 99 | 100 0 99 | 0" "$(line 3)"
verdict
