#!/usr/bin/env bash
# nats-py: the future of publish_async never ends for a message that JetStream refuses; publish raises at once.
. "$(dirname "$0")/common.sh"
debian nats-server
python_with nats-py==2.16.0
nats-server -a 127.0.0.1 -p 14299 -js -sd "$temp/streams" > "$temp/log" 2>&1 &
trap 'kill %1; rm -rf "$temp"' EXIT
cat > "$temp/run.py" <<'END'
import asyncio
import nats

async def main():
    client = await nats.connect("nats://127.0.0.1:14299")
    context = client.jetstream()
    await context.add_stream(name="S", subjects=["s"])
    headers = {"Nats-Expected-Last-Subject-Sequence": "7"}
    try:
        await context.publish("s", b"", headers=headers)
    except Exception as error:
        print(type(error).__name__, end=" ")
    future = await context.publish_async("s", b"", headers=headers)
    done, _ = await asyncio.wait([future], timeout=3)
    print("ended" if done else "never ends")
    await client.close()

asyncio.run(main())
END
same "publish, publish_async" "BadRequestError never ends" "$("$python" "$temp/run.py" 2> /dev/null)"
verdict
