"""The timeline's messages in every language."""

TIMELINE_TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "person": "Person {track}",
        "time_min": "Time (min:s)",
        "time_h": "Time (h:min:s)",
        "no_face_found": "No face was detected in this recording.",
        "timeline_key": "area: how probable each expression is; band below: the label shown",
        "timeline_facts": "length {length}, {people}",
        "people_seen": "{count} people",
        "people_seen_one": "{count} person",
        "seen_longest": "{facts}, the {count} seen longest",
    },
    "fr": {
        "person": "Personne\u00a0{track}",
        "time_min": "Temps (min, s)",
        "time_h": "Temps (h, min, s)",
        "no_face_found": "Aucun visage n’a été détecté dans cet enregistrement.",
        "timeline_key": "aire\u00a0: probabilité de chaque expression\u00a0; "
        "bande du dessous\u00a0: étiquette affichée",
        "timeline_facts": "durée {length}, {people}",
        "people_seen": "{count} personnes",
        "people_seen_one": "{count} personne",
        "seen_longest": "{facts}, les {count} visibles le plus longtemps",
    },
}
"""Language to key to message; values replace the names in braces."""
