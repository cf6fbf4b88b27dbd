#!/usr/bin/env bash
# One QoS 1 message with a dot or a space in its topic keeps a client of NATS's MQTT from ever delivering another.
. "$(dirname "$0")/common.sh"
debian nats-server
python_with paho-mqtt==2.2.0
port=$(/usr/bin/python3 -c "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])")
cat > "$temp/nats.conf" <<END
host: 127.0.0.1
port: -1
server_name: finding
jetstream { store_dir: "$temp/store" }
mqtt { host: 127.0.0.1, port: $port }
END
PATH=$PATH:/usr/sbin nats-server -c "$temp/nats.conf" 2> "$temp/server.log" &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -rf "$temp"' EXIT
for _ in $(seq 100); do (: < "/dev/tcp/127.0.0.1/$port") 2>/dev/null && break; sleep 0.1; done
cat > "$temp/run.py" <<'END'
import queue
import sys
import threading

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

PORT = int(sys.argv[1])


def connected(name, subscribe=""):
    """A client that is connected (`ready`); `closed` counts how often the server ended its connection."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, name, protocol=mqtt.MQTTv311)
    client.reconnect_delay_set(1, 1)
    client.closed, client.ready = threading.Semaphore(0), threading.Event()
    client.on_connect = lambda *_: client.subscribe(subscribe, 1) if subscribe else client.ready.set()
    client.on_subscribe = lambda *_: client.ready.set()
    client.on_disconnect = lambda *_: (client.ready.clear(), client.closed.release())
    client.connect("127.0.0.1", PORT)
    client.loop_start()
    assert client.ready.wait(10)
    return client


def delivered(topic, qos, times):
    """What arrives of a message before and one behind another with this topic; the connection closes this often first."""
    arrived = queue.Queue()
    reader = connected(f"reader {topic} {qos}", "emobot/#")
    reader.on_message = lambda _client, _data, message: arrived.put(message.topic.removeprefix("emobot/"))
    writer = connected(f"writer {topic} {qos}")
    writer.publish("emobot/first", "on", qos)
    names = [arrived.get(timeout=10)]
    writer.publish(f"emobot/{topic}", "on", qos)
    closed = sum(writer.closed.acquire(timeout=10) for _ in range(times))
    if qos == 0:
        assert writer.ready.wait(10)
    writer.publish("emobot/last", "on", qos)
    while names[-1] != "last" and len(names) < 3:
        try:
            names.append(arrived.get(timeout=3))
        except queue.Empty:
            names.append("and no more")
            break
    for client in (writer, reader):
        client.disconnect()
        client.loop_stop()
    return f"{', '.join(names)}; closed {closed} times"


for topic, qos, times in (("hall", 1, 0), ("hall.1", 1, 4), ("hall 1", 1, 4), ("hall.1", 0, 1)):
    print(delivered(topic, qos, times))
END
"$python" "$temp/run.py" "$port" > "$temp/out" 2> "$temp/log" || { tail -5 "$temp/log"; exit 1; }
same "delivered with QoS 1, second topic emobot/hall" "first, hall, last; closed 0 times" "$(line 1)"
same "emobot/hall.1" "first, and no more; closed 4 times" "$(line 2)"
same "emobot/hall 1" "first, and no more; closed 4 times" "$(line 3)"
same "emobot/hall.1 with QoS 0" "first, last; closed 1 times" "$(line 4)"
verdict
