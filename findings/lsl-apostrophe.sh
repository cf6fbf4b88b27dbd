#!/usr/bin/env bash
# A stream whose name has an apostrophe is announced, but resolving it by its name finds nothing, without an error.
. "$(dirname "$0")/common.sh"
python_with pylsl==1.18.6
cat > "$temp/run.py" <<'END'
import pylsl
names = ["Anna", "Anna's camera", "<Anna & Bo>"]
outlets = [pylsl.StreamOutlet(pylsl.StreamInfo(n, "Markers", 1, 0, "string", f"id {i}")) for i, n in enumerate(names)]
for i in range(3):  # until all are announced
    assert pylsl.resolve_byprop("source_id", f"id {i}", 1, 20)
listed = {info.name() for info in pylsl.resolve_streams(2.0)}
print(sum(name in listed for name in names))
print(*(len(pylsl.resolve_byprop("name", name, 1, 3.0)) for name in names))
print(len(pylsl.resolve_bypred('name="Anna\'s camera"', 1, 3.0)))
END
run_with_lsl
same "of three streams, announced" 3 "$(line 1)"
same "found by name: Anna, Anna's camera, <Anna & Bo>" "1 0 1" "$(line 2)"
same "Anna's camera by a predicate of our own with double quotes" 1 "$(line 3)"
verdict
