#!/usr/bin/env bash
# An inlet without recovery forgets samples it has already received when the sender's process ends.
. "$(dirname "$0")/common.sh"
python_with pylsl==1.18.6
cat > "$temp/run.py" <<'END'
import subprocess, sys, time
import pylsl

SENDER = """
import sys, pylsl
outlet = pylsl.StreamOutlet(pylsl.StreamInfo(sys.argv[1], "Markers", 1, 0, "string", sys.argv[1]))
outlet.wait_for_consumers(30)
for number in range(300):
    outlet.push_sample([str(number)])
print("sent", flush=True)
sys.stdin.readline()
"""


def count(name, while_sender_lives):
    sender = subprocess.Popen([sys.executable, "-c", SENDER, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    (info,) = pylsl.resolve_byprop("name", name, 1, 30)
    inlet = pylsl.StreamInlet(info, max_buflen=360, recover=False)
    inlet.open_stream(30)
    sender.stdout.readline()
    limit = time.monotonic() + 30
    while inlet.samples_available() < 300 and time.monotonic() < limit:
        time.sleep(0.05)
    print(name, "buffered", inlet.samples_available(), file=sys.stderr)
    found = 0

    def pull():
        nonlocal found
        try:
            while inlet.pull_sample(1.0)[0] is not None:
                found += 1
        except Exception as error:  # the stream is lost
            print(name, type(error).__name__, file=sys.stderr)

    if while_sender_lives:
        pull()
    sender.stdin.close()
    sender.wait()
    time.sleep(1)
    pull()
    print(found)


count("alive", True)
count("ended", False)
END
run_with_lsl
grep -E "buffered|Error" "$temp/log" || true
same "samples pulled of 300, while the sender lives" 300 "$(line 1)"
same "samples pulled of 300 that were buffered, after the sender has ended" 0 "$(line 2)"
verdict
