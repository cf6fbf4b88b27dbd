#!/usr/bin/env bash
# Mosquitto with message_size_limit confirms a too large QoS 1 message to an MQTT 3.1.1 client and discards it.
. "$(dirname "$0")/common.sh"
. "$here/mosquitto.sh"
python_with paho-mqtt==2.2.0
start_broker "message_size_limit 1000"
cat > "$temp/run.py" <<'END'
import sys, time
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
port, version = int(sys.argv[1]), int(sys.argv[2])
confirmed, arrived = [], []
client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=version)
client.on_publish = lambda c, u, mid, reason, properties: confirmed.append(reason.value)
client.on_message = lambda c, u, message: arrived.append(len(message.payload))
client.on_connect = lambda c, *_: c.subscribe("t", 1)
client.on_subscribe = lambda c, *_: (c.publish("t", b"x" * 2000, 1), c.publish("t", b"x" * 10, 1))
client.connect("127.0.0.1", port)
end = time.monotonic() + 10
while (len(confirmed) < 2 or not arrived) and time.monotonic() < end:
    client.loop(0.1)
print(f"confirmed {confirmed} arrived {arrived}")
END
same "MQTT 3.1.1, 2000 bytes then 10" "confirmed [0, 0] arrived [10]" "$("$python" "$temp/run.py" "$port" 4)"
verdict
