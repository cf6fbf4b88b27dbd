#!/usr/bin/env bash
# parse-prometheus-text-format keeps one series of a histogram: the last one, without its labels, sum and count.
. "$(dirname "$0")/common.sh"
node_with parse-prometheus-text-format@1.1.1
python_with prometheus-client==0.26.0
cat > "$temp/run.py" <<'END'
import pathlib
import sys

from prometheus_client import CollectorRegistry, Gauge, Histogram, Summary, generate_latest
from prometheus_client.parser import text_string_to_metric_families

registry = CollectorRegistry()
gauge = Gauge("faces", "Faces in view", ["camera"], registry=registry)
histogram = Histogram("age_seconds", "Age of a frame", ["camera"], buckets=[0.1, 1], registry=registry)
summary = Summary("size_bytes", "Size of a frame", ["camera"], registry=registry)
for camera, frames, age in (("hall", 100, 0.05), ("door", 100, 5.0), ("yard", 2, 0.05)):
    gauge.labels(camera).set(frames)
    for _ in range(frames):
        histogram.labels(camera).observe(age)
        summary.labels(camera).observe(1000)
text = generate_latest(registry).decode()
pathlib.Path(sys.path[0], "metrics").write_text(text)
for name in ("faces", "age_seconds", "size_bytes"):
    (family,) = (one for one in text_string_to_metric_families(text) if one.name == name)
    shown = [one for one in family.samples if one.name in (name, f"{name}_count")]
    print(*(f"{one.labels['camera']} {one.value:.0f}" for one in shown))
END
cat > "$temp/run.mjs" <<'END'
import fs from "fs";
import parse from "parse-prometheus-text-format";

const families = parse(fs.readFileSync(new URL("metrics", import.meta.url), "utf8"));
for (const name of ["faces", "age_seconds", "size_bytes"]) {
  const { metrics } = families.find((family) => family.name === name);
  const shown = (one) => (one.labels ? `${one.labels.camera} ${one.value ?? one.count}` : JSON.stringify(one));
  console.log(metrics.map(shown).join(" "));
}
END
run_python
what="series in the text, and the number in each:"
same "$what a gauge of three cameras" "hall 100 door 100 yard 2" "$(line 1)"
same "$what a histogram" "hall 100 door 100 yard 2" "$(line 2)"
same "$what a summary" "hall 100 door 100 yard 2" "$(line 3)"
run_node
what="what parse-prometheus-text-format finds:"
same "$what the gauge" "hall 100.0 door 100.0 yard 2.0" "$(line 1)"
same "$what the histogram" '{"buckets":{"0.1":"2.0","1.0":"2.0","+Inf":"2.0"}}' "$(line 2)"
same "$what the summary" "hall 100.0 door 100.0 yard 2.0" "$(line 3)"
verdict
