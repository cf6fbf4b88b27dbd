"""The SQL schema of a history, and its migration from an older version."""

from pipeline.history.read import LABELS, MEASURED, PAGE, SUMMED, VERSION

MINUTES = f"""
CREATE TABLE minutes (
    at INTEGER NOT NULL,
    camera TEXT NOT NULL,
    run INTEGER NOT NULL,
    since INTEGER NOT NULL,
    track INTEGER NOT NULL,
    people INTEGER NOT NULL,
    looks INTEGER NOT NULL,
    confidence REAL NOT NULL,
    {"".join(f"{label} REAL NOT NULL, " for label in LABELS)}
    {"".join(f"{name} REAL NOT NULL DEFAULT 0, " for name in MEASURED)}
    PRIMARY KEY (at, camera, run, since, track)
) WITHOUT ROWID;
"""
ZONE_MINUTES = f"""
CREATE TABLE zone_minutes (
    at INTEGER NOT NULL,
    camera TEXT NOT NULL,
    run INTEGER NOT NULL,
    since INTEGER NOT NULL,
    track INTEGER NOT NULL,
    zone TEXT NOT NULL,
    people INTEGER NOT NULL,
    {"".join(f"{name} REAL NOT NULL, " for name in (*SUMMED, *LABELS))}
    PRIMARY KEY (at, camera, run, since, track, zone)
) WITHOUT ROWID;
"""
SEEN = """
CREATE TABLE IF NOT EXISTS clock (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    latest REAL NOT NULL,
    held REAL NOT NULL,
    ahead REAL NOT NULL,
    ahead_to REAL NOT NULL
)
"""
"""What was seen of the clock, see `pipeline.history.clock`; older versions ignore it."""
ZONE = "ALTER TABLE events ADD COLUMN zone TEXT NOT NULL DEFAULT '';"
CLOCK = "ALTER TABLE events ADD COLUMN clock TEXT NOT NULL DEFAULT '';"
SCHEMA = f"""
PRAGMA page_size = {PAGE};
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA journal_mode = WAL;
BEGIN IMMEDIATE;
CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    at REAL NOT NULL,
    camera TEXT NOT NULL,
    run INTEGER NOT NULL,
    track INTEGER NOT NULL,
    type TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    seconds REAL NOT NULL,
    detail TEXT NOT NULL,
    since INTEGER NOT NULL,
    zone TEXT NOT NULL DEFAULT '',
    clock TEXT NOT NULL DEFAULT ''
);
CREATE INDEX events_at ON events (at);
{MINUTES}
{ZONE_MINUTES}
PRAGMA user_version = {VERSION};
COMMIT;
"""
FROM_1 = f"""
BEGIN IMMEDIATE;
ALTER TABLE events ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
UPDATE events SET since = run;
{ZONE}
{CLOCK}
{ZONE_MINUTES}
ALTER TABLE minutes RENAME TO old;
{MINUTES}
INSERT INTO minutes (at, camera, run, since, track, people, looks, confidence, {", ".join(LABELS)})
    SELECT at, camera, run, run, track, people, looks, confidence, {", ".join(LABELS)} FROM old
    ORDER BY at, camera, run, track;
DROP TABLE old;
PRAGMA user_version = {VERSION};
COMMIT;
"""
"""Migrates a history from version 1 in one transaction."""
FROM_2 = f"""
BEGIN IMMEDIATE;
{"".join(f"ALTER TABLE minutes ADD COLUMN {name} REAL NOT NULL DEFAULT 0; " for name in MEASURED)}
{ZONE}
{CLOCK}
{ZONE_MINUTES}
PRAGMA user_version = {VERSION};
COMMIT;
"""
"""Migrates a history from version 2 in one transaction."""
FROM_3 = f"""
BEGIN IMMEDIATE;
{ZONE}
{CLOCK}
{ZONE_MINUTES}
PRAGMA user_version = {VERSION};
COMMIT;
"""
"""Migrates a history from version 3 in one transaction."""
FROM_4 = f"""
BEGIN IMMEDIATE;
{CLOCK}
PRAGMA user_version = {VERSION};
COMMIT;
"""
"""Migrates a history from version 4 in one transaction."""
