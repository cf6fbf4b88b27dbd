"""The kinds of files that may be uploaded, by their first bytes."""

_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "jpg"),
    (0, b"\x89PNG\r\n\x1a\n", "png"),
    (0, b"GIF8", "gif"),
    (4, b"ftyp", "mp4"),
    (4, b"moov", "mov"),
    (4, b"mdat", "mov"),
    (4, b"wide", "mov"),
    (0, b"\x1aE\xdf\xa3", "mkv"),
    (8, b"AVI ", "avi"),
    (0, b"OggS", "ogv"),
    (0, b"FLV\x01", "flv"),
    (0, b"\x00\x00\x01\xba", "mpg"),
    (0, b"0&\xb2u\x8ef\xcf\x11", "wmv"),
    (188, b"G", "ts"),
)
"""Magic bytes of each file format and their offsets (the formats' specifications, as in the magic file of file(1))."""
KINDS = "MP4, MOV, MKV, WebM, AVI, MPEG, OGV, FLV, WMV, GIF, JPEG, PNG"


def kind_of(head: bytes) -> str | None:
    """Return the suffix for a video or picture that starts with these bytes, None for any other file."""
    return next((kind for at, bytes_, kind in _SIGNATURES if head[at : at + len(bytes_)] == bytes_), None)
