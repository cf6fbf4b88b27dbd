"""The figures' messages in every language."""

from models.display.timeline_texts import TIMELINE_TEXTS

FIGURE_TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "time_s": "Time (s)",
        "probability": "Probability",
        "share_axis": "Share of time in view (%)",
        "nobody": "no face was detected",
        "chosen": "{shown} of {all} people: those in view longest",
        "whole": "All people",
        "of_group": "{group} (n = {count})",
        "means": "Bar: mean. Dot: one recording.",
        "lag_axis": "Lag of the coder (s)",
        "kappa_axis": "Cohen’s kappa",
        "undefined": "Kappa is undefined",
        "lag_marked": "{lag} s: {kappa}",
        "ungrouped": "no group",
    },
    "fr": {
        "time_s": "Temps (s)",
        "probability": "Probabilité",
        "share_axis": "Part du temps visible (%)",
        "nobody": "aucun visage détecté",
        "chosen": "{shown} personnes sur {all}\u00a0: les plus longtemps visibles",
        "whole": "Toutes les personnes",
        "of_group": "{group} (n = {count})",
        "means": "Barre\u00a0: moyenne. Point\u00a0: un enregistrement.",
        "lag_axis": "Retard du codeur (s)",
        "kappa_axis": "Kappa de Cohen",
        "undefined": "Le kappa n’est pas défini",
        "lag_marked": "{lag}\u00a0s\u00a0: {kappa}",
        "ungrouped": "sans groupe",
    },
}
"""Language to key to message; values replace the names in braces."""
for _language, _texts in FIGURE_TEXTS.items():
    _texts |= {key: TIMELINE_TEXTS[_language][key] for key in ("person", "time_min", "time_h")}
