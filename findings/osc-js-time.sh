#!/usr/bin/env bash
# osc-js reads the time of a bundle in whole seconds, and runs its messages by that.
. "$(dirname "$0")/common.sh"
node_with osc-js@2.4.1
python_with python-osc==1.10.2
cat > "$temp/run.py" <<'END'
import pathlib
import sys
from datetime import datetime, timezone

from pythonosc.osc_bundle_builder import OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder

NOON = datetime(2026, 6, 1, 12, tzinfo=timezone.utc).timestamp()
for milliseconds in (0, 250, 499, 501, 750, 999):
    bundle = OscBundleBuilder(NOON + milliseconds / 1000)
    message = OscMessageBuilder("/happy")
    message.add_arg(0.5)
    bundle.add_content(message.build())
    pathlib.Path(sys.path[0], f"{milliseconds}.osc").write_bytes(bundle.build().dgram)
END
cat > "$temp/run.mjs" <<'END'
import fs from "fs";
import OSC from "osc-js";

const NOON = Date.UTC(2026, 5, 1, 12);
const found = [0, 250, 499, 501, 750, 999].map((milliseconds) => {
  const bytes = fs.readFileSync(new URL(`${milliseconds}.osc`, import.meta.url));
  const bundle = new OSC.Bundle();
  bundle.unpack(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const { value } = bundle.timetag;
  return [Math.round((value.fractions / 2 ** 32) * 1000), value.timestamp() - NOON];
});
console.log(found.map(([sent]) => sent).join(" "));
console.log(found.map(([, read]) => read).join(" "));

// A handler runs its messages at the time of their bundle: what it asks of a timer, ten seconds before noon.
const waits = [];
Date.now = () => NOON - 10000;
globalThis.setTimeout = (_, wait) => waits.push(wait - 10000);
for (const after of [300, 700]) {
  const bundle = new OSC.Bundle([new OSC.Message("/happy", 0.5)], NOON + after);
  new OSC().eventHandler.notify(bundle.pack());
}
console.log(waits.join(" "));
END
run_python
run_node
what="milliseconds after noon:"
same "$what in the bundles of python-osc" "0 250 499 501 750 999" "$(line 1)"
same "$what as osc-js reads them" "0 0 0 1000 1000 1000" "$(line 2)"
same "$what when messages for 300 and 700 run" "0 1000" "$(line 3)"
verdict
