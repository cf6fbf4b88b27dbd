#!/usr/bin/env bash
# A sender that lingers, closes and ends its context still loses what a slow receiver has not yet accepted.
. "$(dirname "$0")/common.sh"
python_with pyzmq==27.3.0
cat > "$temp/run.py" <<'END'
import os, subprocess, sys, time
import zmq

SENDER = """
import sys, time, zmq
address, how = sys.argv[1:]
context = zmq.Context()
socket = context.socket(zmq.PUSH)
socket.set(zmq.SNDHWM, 256)
socket.set(zmq.LINGER, -1)
socket.connect(address)
for number in range(700):
    socket.send(b"%d" % number)
if how == "stay":
    sys.stdin.read()
socket.close()
context.term()
"""
for address, how in ((f"ipc://{sys.argv[1]}/s", "close"), (f"ipc://{sys.argv[1]}/t", "stay")):
    reader = zmq.Context.instance().socket(zmq.PULL)
    reader.set(zmq.RCVHWM, 256)
    reader.bind(address)
    sender = subprocess.Popen([sys.executable, "-c", SENDER, address, how], stdin=subprocess.PIPE)
    count = 0
    while reader.poll(1500):
        reader.recv()
        count += 1
        time.sleep(0.005)
    sender.stdin.close()
    sender.wait()
    reader.close(0)
    print(how, count, file=sys.stderr)
    print("all" if count == 700 else "some lost")
END
"$python" "$temp/run.py" "$temp" > "$temp/out"
same "700 messages, the sender closes at once (LINGER -1, exit normal)" "some lost" "$(sed -n 1p "$temp/out")"
same "700 messages, the sender stays until all are read" "all" "$(sed -n 2p "$temp/out")"
verdict
