#!/usr/bin/env bash
# A socket whose CURVE key was refused never connects again, and a second connect() to the address does nothing.
. "$(dirname "$0")/common.sh"
python_with pyzmq==27.3.0
cat > "$temp/run.py" <<'END'
import sys, time
import zmq
from zmq.auth.thread import ThreadAuthenticator

print(f"libzmq {zmq.zmq_version()}", file=sys.stderr)
allowed = set()


class Keys:
    def callback(self, domain, key):
        return key in allowed


context = zmq.Context()
authenticator = ThreadAuthenticator(context)
authenticator.start()
authenticator.configure_curve_callback("*", Keys())
public, secret = zmq.curve_keypair()
port = 0


def server():
    global port
    socket = context.socket(zmq.PUB)
    socket.curve_server, socket.curve_secretkey = True, secret
    socket.bind(f"tcp://127.0.0.1:{port or '*'}")
    port = int(socket.last_endpoint.decode().rpartition(":")[2])
    return socket


def arrives(sender, reader, seconds=3.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        sender.send(b"x")
        if reader.poll(50):
            reader.recv()
            return "yes"
    return "no"


def client(own, sender):
    socket = zmq.Context.instance().socket(zmq.SUB)
    socket.curve_publickey, socket.curve_secretkey = own
    socket.curve_serverkey, socket.reconnect_ivl = public, 100
    socket.subscribe(b"")
    socket.connect(f"tcp://127.0.0.1:{port}")
    return socket, arrives(sender, socket)


sender = server()
own = zmq.curve_keypair()
refused, before = client(own, sender)
allowed.add(own[0])
other = client(own, sender)
print("before", before, "after", arrives(sender, refused), "new socket", other[1])
sender.close(0)
sender = server()
print("old socket", arrives(sender, refused), "new socket", arrives(sender, other[0]))
address = f"tcp://127.0.0.1:{port}"
refused.connect(address)
print(arrives(sender, refused))
refused.disconnect(address)
refused.connect(address)
print(arrives(sender, refused))
for socket in (sender, refused, other[0]):
    socket.close(0)
authenticator.stop()
END
"$python" "$temp/run.py" > "$temp/out"
same "messages arrive before and after the key is allowed" \
  "before no after no new socket yes" "$(sed -n 1p "$temp/out")"
same "after the server was started again" "old socket no new socket yes" "$(sed -n 2p "$temp/out")"
same "after connect() to the same address" no "$(sed -n 3p "$temp/out")"
same "after disconnect() and connect()" yes "$(sed -n 4p "$temp/out")"
verdict
