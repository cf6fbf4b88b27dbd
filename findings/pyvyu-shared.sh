#!/usr/bin/env bash
# Two Datavyu files that pyvyu has read are one: each sheet has the columns of both, and the later file's cells.
. "$(dirname "$0")/common.sh"
python_with pandas==3.1.1 numpy==2.4.6
"$python" -m pip install -qq --no-compile --no-deps --disable-pip-version-check pyvyu==0.3.6  # it names test tools, too
echo pyvyu==0.3.6
cat > "$temp/run.py" <<'END'
import warnings
import zipfile

import pyvyu

warnings.simplefilter("error")
FILES = {  # person: column: cells of onset, offset (s) and label
    "anna": {"emotion": [(1, 9, "happy"), (20, 24, "happy")], "gaze": [(0, 30, "mother")]},
    "ben": {"emotion": [(5, 7, "sad")]},
}


def cell(start, end, label):
    return f"00:00:{start:02d}:000,00:00:{end:02d}:000,({label})"


for person, columns in FILES.items():
    lines = ["#4"]
    for column, cells in columns.items():
        lines += [f"{column} (MATRIX,true,)-label|NOMINAL", *(cell(*one) for one in cells)]
    with zipfile.ZipFile(f"{person}.opf", "w") as file:
        file.writestr("db", "\n".join(lines) + "\n")
        file.writestr("project", f"!project\ndbFile: {person}.opf\nname: {person}\nversion: 5\nviewerSettings: []\n")


def said(sheet):
    """Each column of a sheet, with the seconds of each label."""
    found = []
    for name in sheet.get_column_list():
        cells = sheet.get_column(name).sorted_cells()
        found.append(f"{name} " + " ".join(f"{one.values['label']} {(one.offset - one.onset) / 1000:g}" for one in cells))
    return ", ".join(found)


anna = pyvyu.load_opf("anna.opf")
print(said(anna))
ben = pyvyu.load_opf("ben.opf")
print(said(anna))
print(said(ben))
print(anna == ben)
END
cd "$temp"
run_python
same "Anna's file, seconds of each label" "emotion happy 8 happy 4, gaze mother 30" "$(line 1)"
same "Anna's once Ben's is read, too" "emotion sad 2, gaze mother 30" "$(line 2)"
same "Ben's, which has no column 'gaze'" "emotion sad 2, gaze mother 30" "$(line 3)"
same "the two are equal" True "$(line 4)"
verdict
