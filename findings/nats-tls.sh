#!/usr/bin/env bash
# nats-py sends user and password in clear text to a server that offers no TLS, although the address is tls://.
. "$(dirname "$0")/common.sh"
python_with nats-py==2.16.0
cat > "$temp/run.py" <<'END'
import asyncio, json, ssl
import nats

async def main():
    heard = asyncio.Future()

    async def serve(reader, writer):
        writer.write(b'INFO {"server_id": "x", "version": "2.9.10", "max_payload": 1048576, "auth_required": true}\r\n')
        heard.set_result((await reader.readline()).decode())
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    options = {"tls": ssl.create_default_context(), "allow_reconnect": False, "max_reconnect_attempts": 1}
    try:
        await nats.connect(f"tls://127.0.0.1:{port}", user="me", password="secret", **options)
    except Exception:
        pass
    print(json.loads((await heard).removeprefix("CONNECT "))["pass"])

asyncio.run(main())
END
same "password that a server without TLS received" "secret" "$("$python" "$temp/run.py")"
verdict
