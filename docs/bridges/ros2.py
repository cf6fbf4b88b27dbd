"""Sends events to ROS 2, topic /emobot: `python ros2.py`, after `pip install cyclonedds pyzmq msgpack`."""

import json
import os
import sys
from dataclasses import dataclass

import msgpack
import zmq
from cyclonedds import domain, idl, pub, topic


@dataclass
class String(idl.IdlStruct, typename="std_msgs.msg.dds_.String_"):  # noqa: D101
    data: str


def main(events: str = "tcp://127.0.0.1:5556") -> None:
    """Forward events as JSON in messages of std_msgs/String, until interrupted."""
    here = domain.DomainParticipant(int(os.environ.get("ROS_DOMAIN_ID", "0")))
    writer = pub.DataWriter(here, topic.Topic(here, "rt/emobot", String))
    socket = zmq.Context().socket(zmq.SUB)
    socket.connect(events)
    socket.subscribe("")
    while True:
        name, event = socket.recv_multipart()
        writer.write(String(json.dumps({"topic": name.decode(), **msgpack.unpackb(event)})))


main(*sys.argv[1:])
