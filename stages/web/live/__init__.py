"""What happens now: pictures, faces, the last minutes."""
