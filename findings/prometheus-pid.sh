#!/usr/bin/env bash
# In multiprocess mode a gauge's own label `pid` loses its value, without an error.
. "$(dirname "$0")/common.sh"
python_with prometheus-client==0.26.0
export PROMETHEUS_MULTIPROC_DIR=$temp/metrics
mkdir "$temp/metrics"
"$python" - > "$temp/out" <<'END'
import prometheus_client as p
from prometheus_client.multiprocess import MultiProcessCollector
for mode in ("all", "max"):
    gauge = p.Gauge(f"seen_{mode}", "x", ["pid"], multiprocess_mode=mode)
    gauge.labels("left").set(1)
    gauge.labels("right").set(2)
registry = p.CollectorRegistry()
MultiProcessCollector(registry)
samples = [s for metric in registry.collect() for s in metric.samples]
for mode in ("all", "max"):
    found = [s for s in samples if s.name == f"seen_{mode}"]
    kept = sum(s.labels.get("pid") in ("left", "right") for s in found)
    print(f"{len(found)} series, {kept} with the label's value")
END
cat "$temp/out"
same "two series that differ in pid, mode all" "2 series, 0 with the label's value" "$(sed -n 1p "$temp/out")"
same "two series that differ in pid, mode max" "1 series, 0 with the label's value" "$(sed -n 2p "$temp/out")"
verdict
