#!/usr/bin/env bash
# python-osc sends each float in 32 bits, so that a UNIX time arrives in steps of 128 s; integers grow as needed.
. "$(dirname "$0")/common.sh"
python_with python-osc==1.10.2
cat > "$temp/run.py" <<'END'
import queue
import threading
from datetime import datetime, timezone

from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.osc_server import BlockingOSCUDPServer
from pythonosc.udp_client import SimpleUDPClient

NOON = datetime(2026, 6, 1, 12, 0, 0, 250000, tzinfo=timezone.utc).timestamp()
arrived = queue.Queue()
dispatcher = Dispatcher()
dispatcher.map("/marker", lambda _, value: arrived.put(value))


def received(value):
    client.send_message("/marker", value)
    return arrived.get(timeout=10)


with BlockingOSCUDPServer(("127.0.0.1", 0), dispatcher) as server:
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    client = SimpleUDPClient("127.0.0.1", server.server_address[1])
    sent = [NOON + second for second in range(0, 600, 10)]  # a marker each 10 s for ten minutes
    got = [received(value) for value in sent]
    print(f"{len(sent)} {len(set(got))} {max(abs(a - b) for a, b in zip(sent, got)):.0f} s")
    print(f"{received(81000.26) - 81000.26:.4f} s")
    print(received(int(NOON * 1000)) - int(NOON * 1000))
    builder = OscMessageBuilder("/marker")
    builder.add_arg(NOON, OscMessageBuilder.ARG_TYPE_DOUBLE)
    client.send(builder.build())
    print(arrived.get(timeout=10) - NOON)
    server.shutdown()
    thread.join()
END
run_python
same "UNIX times sent, different ones that arrive, the largest error" "60 5 64 s" "$(line 1)"
same "error of the seconds since midnight, in the evening" "-0.0022 s" "$(line 2)"
same "error of UNIX time in milliseconds, an integer" 0 "$(line 3)"
same "error with the type d named" "0.0" "$(line 4)"
verdict
