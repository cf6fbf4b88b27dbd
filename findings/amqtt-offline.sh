#!/usr/bin/env bash
# amqtt keeps no messages for an absent client while anonymous ones are allowed, which is the default.
. "$(dirname "$0")/common.sh"
python_with amqtt==0.12.1 paho-mqtt==2.1.0
cat > "$temp/run.py" <<'END'
import asyncio
import socket
import threading

import paho.mqtt.client as mqtt
from amqtt.broker import Broker

WAIT = 20  # seconds at most
ANONYMOUS = "amqtt.plugins.authentication.AnonymousAuthPlugin"
loop = asyncio.new_event_loop()
threading.Thread(target=loop.run_forever, daemon=True).start()


def connect(port, name):
    """A client with a user name and a session that is to last; its list of what arrives, and whether it had a session."""
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=name, clean_session=False)
    client.username_pw_set("lab", "secret")
    connected, arrived, session, got = threading.Event(), threading.Event(), [], []

    def on_connect(client, userdata, flags, reason, properties):
        session.append(flags.session_present)
        connected.set()

    def on_message(client, userdata, message):
        got.append(f"{message.payload.decode()}{' retained' if message.retain else ''}")
        if message.payload == b"last":
            arrived.set()

    subscribed = threading.Event()
    client.on_connect, client.on_message = on_connect, on_message
    client.on_subscribe = lambda *about: subscribed.set()
    client.connect("127.0.0.1", port)
    client.loop_start()
    assert connected.wait(WAIT)
    return client, session, got, arrived, subscribed


def leave(client):
    client.disconnect()
    client.loop_stop()


def send(client, text):
    client.publish("emotion/hall", text, qos=1).wait_for_publish(WAIT)


def absent(**config):
    """What a subscriber gets of three messages that were sent in its absence, and of one after it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = {"listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}}, **config}

    async def serve():
        broker = Broker(options)
        await broker.start()
        return broker

    broker = asyncio.run_coroutine_threadsafe(serve(), loop).result(WAIT)
    client, _, _, _, subscribed = connect(port, "recorder")
    client.subscribe("emotion/#", qos=1)
    assert subscribed.wait(WAIT)
    leave(client)
    camera, *_ = connect(port, "camera")
    for text in ("first", "second", "third"):
        send(camera, text)
    client, session, got, arrived, _ = connect(port, "recorder")
    send(camera, "last")
    assert arrived.wait(WAIT)
    leave(client)
    leave(camera)
    asyncio.run_coroutine_threadsafe(broker.shutdown(), loop).result(WAIT)
    return f"session {'kept' if session[0] else 'new'}: {', '.join(got)}"


print(absent())
print(absent(plugins={ANONYMOUS: {"allow_anonymous": True}}))
print(absent(plugins={ANONYMOUS: {"allow_anonymous": False}}))
END
run_python
what="what a subscriber with a lasting session gets of three messages of QoS 1 sent in its absence, and of one after it,"
same "$what with the default configuration" "session kept: last" "$(line 1)"
same "with allow_anonymous, which is the default" "session kept: last" "$(line 2)"
same "without" "session kept: first retained, second retained, third retained, last" "$(line 3)"
verdict
