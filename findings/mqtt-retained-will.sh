#!/usr/bin/env bash
# Mosquitto without retained messages closes on an MQTT 3.1.1 client whose will is retained, before any CONNACK.
. "$(dirname "$0")/common.sh"
. "$here/mosquitto.sh"
python_with paho-mqtt==2.2.0
start_broker "retain_available false"
cat > "$temp/run.py" <<'END'
import sys, time
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
port, version, retain = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "retained"
seen, ended = [], []
client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=version)
client.will_set("status", b"offline", 0, retain)
client.on_connect = lambda c, u, flags, reason, properties: seen.append(f"CONNACK {reason.value}")
client.on_disconnect = lambda *_: ended.append(1)
client.connect("127.0.0.1", port)
end = time.monotonic() + 10
while not seen and not ended and time.monotonic() < end:
    client.loop(0.1)
print(seen[0] if seen else "closed without a CONNACK" if ended else "nothing")
END
same "MQTT 3.1.1, will not retained" "CONNACK 0" "$("$python" "$temp/run.py" "$port" 4 plain)"
same "MQTT 3.1.1, will retained" "closed without a CONNACK" "$("$python" "$temp/run.py" "$port" 4 retained)"
same "MQTT 5, will retained" "CONNACK 154" "$("$python" "$temp/run.py" "$port" 5 retained)"
verdict
