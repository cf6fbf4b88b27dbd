"""Sends emotions as OSC messages: `python osc.py [HOST [PORT]]`, after `pip install python-osc pyzmq msgpack`."""

import sys

import msgpack
import zmq
from pythonosc.udp_client import SimpleUDPClient

EVENTS = "tcp://127.0.0.1:5556"


def main(host: str = "127.0.0.1", port: str = "9000", events: str = EVENTS) -> None:
    """Forward events until interrupted."""
    client = SimpleUDPClient(host, int(port))
    socket = zmq.Context().socket(zmq.SUB)
    socket.connect(events)
    socket.subscribe("emotion.")
    while True:
        event = msgpack.unpackb(socket.recv_multipart()[1])
        place = f"/emobot/{event['camera']}/{event['track']}"
        if event["type"] == "observation":
            for emotion, probability in (event["fused"] or {}).items():
                client.send_message(f"{place}/{emotion}", probability)
            client.send_message(f"{place}/label", event["label"])
        elif event["type"] == "lost":
            client.send_message(f"{place}/lost", event["duration_ms"] / 1000)


if __name__ == "__main__":
    main(*sys.argv[1:])
