"""Messages about zones: of their editor and their audience."""

from pipeline.messages import Language
from stages.web.texts.audience_texts import AUDIENCE_TEXTS

ZONES_TEXTS: dict[Language, dict[str, str]] = {
    "en": {
        "zones": "Zones and lines",
        "zone_count": "{zone}: {count}",
        "line_count": "{line}: {ins} in, {outs} out",
        "zones_of": "Zones of {name}",
        "zones_intro": "A person is in a zone while the centre of their face is. The arrow of a line shows the "
        "direction that counts as in.",
        "zones_drawing": "Points of the zones",
        "zones_hint": "Drag a point, or select it with Tab and move it with the arrow keys (Shift: larger steps). "
        "Drag a small dot, or press Insert, to add a point; Delete removes one.",
        "zones_zone": "Zone",
        "zones_line": "Line",
        "zones_point": "point",
        "zones_swap": "Swap in and out",
        "zones_remove": "Remove",
        "zones_add": "Add a zone",
        "zones_add_line": "Add a line",
    },
    "fr": {
        "zones": "Zones et lignes",
        "zone_count": "{zone}\u00a0: {count}",
        "line_count": "{line}\u00a0: entrées {ins}, sorties {outs}",
        "zones_of": "Zones de {name}",
        "zones_intro": "Une personne est dans une zone tant que le centre de son visage s’y trouve. La flèche d’une "
        "ligne montre le sens qui compte comme une entrée.",
        "zones_drawing": "Points des zones",
        "zones_hint": "Faites glisser un point, ou choisissez-le avec Tab et déplacez-le avec les flèches (Maj\u00a0: "
        "pas plus grands). Faites glisser un petit point, ou appuyez sur Inser, pour en ajouter un\u00a0; Suppr en "
        "retire un.",
        "zones_zone": "Zone",
        "zones_line": "Ligne",
        "zones_point": "point",
        "zones_swap": "Inverser le sens",
        "zones_remove": "Supprimer",
        "zones_add": "Ajouter une zone",
        "zones_add_line": "Ajouter une ligne",
    },
}
for _language, _texts in AUDIENCE_TEXTS.items():
    ZONES_TEXTS[_language] |= _texts
