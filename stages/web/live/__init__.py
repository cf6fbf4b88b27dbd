"""The live state: frames, faces, the last minutes."""
