"""The kinds of files that may be uploaded, by their first bytes."""

from stages.media.containers import kinds

_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "jpg"),
    (0, b"\x89PNG\r\n\x1a\n", "png"),
    (0, b"GIF8", "gif"),
    (0, b"II*\0", "tiff"),
    (0, b"MM\0*", "tiff"),
    (8, b"WEBP", "webp"),
    (4, b"ftypavif", "avif"),
    (4, b"ftypavis", "avif"),
    (4, b"ftyp", "mp4"),
    (4, b"moov", "mov"),
    (4, b"mdat", "mov"),
    (4, b"wide", "mov"),
    (0, b"\x1aE\xdf\xa3", "mkv"),
    (8, b"AVI ", "avi"),
    (0, b"OggS", "ogv"),
    (0, b"FLV\x01", "flv"),
    (0, b"\x00\x00\x01\xba", "mpg"),
    (40, b"\x00\x00\x01\xba", "mpg"),
    (0, b"0&\xb2u\x8ef\xcf\x11", "wmv"),
    (0, b"\x06\x0e+4", "mxf"),
)
"""Magic bytes of each file format and their offsets (the formats' specifications, as in the magic file of file(1))."""
KINDS = "MP4, MOV, MKV, WebM, AVI, MPEG, OGV, FLV, WMV, MXF, GIF, JPEG, PNG, WebP, TIFF, AVIF"


def kind_of(head: bytes) -> str | None:
    """Return the suffix for a video or picture that starts with these bytes, None for any other file."""
    for at, bytes_, kind in _SIGNATURES:
        if head[at : at + len(bytes_)] == bytes_:
            return kind
    return kind if (kind := kinds.kind_of(head)) in kinds.PACKETS else None
