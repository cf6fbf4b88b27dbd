"""All messages of a report in each language. They are HTML; values filled in are escaped."""

from markupsafe import Markup

from models.display.timeline_texts import TIMELINE_TEXTS
from models.display.wording import Wording
from models.display.words import FAULTS
from pipeline.messages import Language

TEXTS: dict[Language, dict[str, str]] = {
    "en": {
        "all_recordings": "All recordings",
        "about": "What the faces in this recording seem to express. {estimates}",
        "about_several": "{count} recordings: what the faces in them seem to express. {estimates}",
        "estimates": 'These are automatic estimates: see <a href="#limits">their limits</a>.',
        "incomplete": "<b>Incomplete:</b> {why}.",
        "fault_": "an error was reported",
        "fault_unreadable": "its results cannot be read",
        "length": "Length",
        "people": "People",
        "shown_most": "Main expression",
        "no_face": "no face",
        "changes_of_label": "Label changes",
        "uncertain": "Uncertain",
        "frames": "Frames",
        "over_people": "All people",
        "over_recordings": "All recordings together",
        "seconds": "{seconds}\u00a0s",
        "share": "{label} {share}",
        "share_seconds": "{label} {share} ({seconds})",
        "span": "{start} to {end}",
        "between": "({low} to {high})",
        "timeline": "Timeline",
        "timeline_hint": "Area: probability of each expression. Band below: label. Blank: not in view.",
        "timeline_chosen": "The {shown} people in view longest, of {all}.",
        "stretches": "{who}: {count} label segments",
        "stretches_one": "{who}: {count} label segment",
        "frames_with_others": "{count} frames show faces that are left out here; persons.csv says which.",
        "frames_with_others_one": "{count} frame shows faces that are left out here; persons.csv says which.",
        "frames_with_more": "{count} frames had more than one face; the larger one counts.",
        "frames_with_more_one": "{count} frame had more than one face; the larger one counts.",
        "resumed": "Processing was interrupted and continued at {times}. From there, people who were out of view have "
        "new numbers.",
        "baseline_window": "<b>Own baseline</b> from {start} to {end}, in the columns <code>baseline_…</code> of "
        "faces.csv; the figures on this page are without it.",
        "baseline_clip": "<b>Own baseline</b> from the clip {clip}, in the columns <code>baseline_…</code> of "
        "faces.csv; the figures on this page are without it.",
        "baseline_person": "{who}: {looks} in {seconds}, mostly {label}",
        "person_head": "Person",
        "seen": "In view",
        "seen_for": "Duration",
        "time_in_each": "Time per expression",
        "most": "Mainly",
        "seen_once": "seen once",
        "more": "{count} more are in faces.csv.",
        "more_one": "{count} more is in faces.csv.",
        "facing": "facing the camera {share} of the time",
        "blinks": "blinks per minute: {rate}",
        "markers": "Markers",
        "markers_hint": "Sent by other programs over Lab Streaming Layer while the camera was watched.",
        "marker": "Marker",
        "marker_at": "Time",
        "marker_stream": "Stream",
        "more_markers": "{count} more are in markers.csv.",
        "more_markers_one": "{count} more is in markers.csv.",
        "moments": "Key moments",
        "moments_hint": "The largest changes: the probability that moved between expressions within one second.",
        "moment_picture": "{who} at {time}",
        "moved": "change of {share}",
        "no_change": "No label changed in this recording.",
        "how_sure": "Confidence",
        "sure": "The mean confidence in the most probable expression was {confidence}, over {looks}; {uncertain} of "
        "them were <i>uncertain</i>.",
        "looks": "{count} classifications",
        "looks_one": "{count} classification",
        "bar": "{from_} to {to}: {looks}",
        "how_often": "Distribution of confidence",
        "confidence": "confidence",
        "saw_nothing": "No face was clear enough to classify.",
        "network": "Accuracy of the network <b>{name}</b> ({model}) on images it was not trained on. The calibration "
        "error is the difference between its confidence and how often it is right.",
        "test_set": "Test set",
        "head": "Output",
        "number": "Images",
        "accuracy": "Accuracy",
        "mean": "Balanced accuracy",
        "calibration": "Calibration error (ECE)",
        "ece": "ECE",
        "points": "{count} points",
        "points_one": "{count} point",
        "photographs": "These are photographs. Video such as this recording may be harder.",
        "no_card": "The model card of {model} is not on this machine, so its accuracy is not known here.",
        "files": "Files",
        "technical": "{width} × {height}, {fps} frames per second; {frames_out} of {frames_in} frames; {network}.",
        "network_used": "network {model}",
        "network_unused": "no network used",
        "recordings": "Recordings",
        "recording": "Recording",
        "groups": "Groups",
        "group": "Group",
        "groups_hint": "Shares are means over recordings: each recording weighs the same.",
        "ungrouped": "no group",
        "participants_wrong": "participants.csv has mistakes.",
        "changes": "Changes",
        "confidence_head": "Confidence",
        "none": "none",
        "no_results": "no results",
        "limits": "Limits of these results",
        "limits_words": "A program estimated which of seven words people would choose for the expression of each "
        "face. It does not know what a person feels, thinks or intends. Faces may be posed, tired, talking or simply "
        "shaped that way.",
        "limits_tracks": "Person numbers come from tracking. Someone who leaves the frame and returns, or is hidden "
        "for more than about a second, may get a new number; persons.csv joins them.",
        "limits_smoothed": "Labels are smoothed over about half a second and appear slightly after the expression.",
        "limits_small": "Small, blurred, turned or covered faces are <i>uncertain</i>. Faces that were not detected "
        "are missing.",
        "limits_people": "Accuracy differs between people and is not known for every age, skin colour and culture.",
        "limits_network": "<b>Network {name}:</b> {said}",
        "network_limits": "The seven labels are not feelings: ten annotators agree with FER2013's own labels on 64 % "
        "of the images. Fear, sad and neutral are often confused, and disgust is rare in the data. Of acted "
        "expressions of ten Japanese women about 45 % were labelled right, of two other sets 72 and 81 %; how accuracy "
        "varies with age, skin and culture is otherwise unknown. Not for decisions about people.",
        "law": "<b>The law.</b> Since 2 February 2025 the European Union has prohibited inferring the emotions of "
        "people at work or in education, except for medical or safety reasons (Regulation (EU) 2024/1689, "
        "Article 5(1)(f)). Since 2 August 2026 people exposed to emotion recognition must be informed of it "
        "(Article 50(3)). Faces are personal data everywhere in the Union (GDPR). This is not legal advice.",
    },
    "fr": {
        "all_recordings": "Tous les enregistrements",
        "about": "Ce que les visages de cet enregistrement semblent exprimer. {estimates}",
        "about_several": "{count} enregistrements\u00a0: ce que les visages y semblent exprimer. {estimates}",
        "estimates": 'Ce sont des estimations automatiques\u00a0: voir <a href="#limits">leurs limites</a>.',
        "incomplete": "<b>Incomplet\u00a0:</b> {why}.",
        "fault_": "une erreur a été signalée",
        "fault_unreadable": "ses résultats sont illisibles",
        "length": "Durée",
        "people": "Personnes",
        "shown_most": "Expression principale",
        "no_face": "aucun visage",
        "changes_of_label": "Changements d’étiquette",
        "uncertain": "Incertain",
        "frames": "Images",
        "over_people": "Toutes les personnes",
        "over_recordings": "Tous les enregistrements réunis",
        "seconds": "{seconds}\u00a0s",
        "share": "{label} {share}",
        "share_seconds": "{label} {share} ({seconds})",
        "span": "{start} à {end}",
        "between": "(de {low} à {high})",
        "timeline": "Chronologie",
        "timeline_hint": "Aire\u00a0: probabilité de chaque expression. Bande du dessous\u00a0: étiquette. "
        "Vide\u00a0: la personne n’est pas visible.",
        "timeline_chosen": "Les {shown} personnes visibles le plus longtemps, sur {all}.",
        "stretches": "{who}\u00a0: {count} périodes d’une même étiquette",
        "stretches_one": "{who}\u00a0: {count} période d’une même étiquette",
        "frames_with_others": "{count} images montrent des visages écartés ici\u00a0; persons.csv dit lesquels.",
        "frames_with_others_one": "{count} image montre des visages écartés ici\u00a0; persons.csv dit lesquels.",
        "frames_with_more": "{count} images avaient plusieurs visages\u00a0; le plus grand compte.",
        "frames_with_more_one": "{count} image avait plusieurs visages\u00a0; le plus grand compte.",
        "resumed": "Le traitement a été interrompu et repris à {times}. À partir de là, les personnes hors champ ont "
        "de nouveaux numéros.",
        "baseline_window": "<b>Référence personnelle</b> de {start} à {end}, dans les colonnes "
        "<code>baseline_…</code> de faces.csv\u00a0; les chiffres de cette page n’en tiennent pas compte.",
        "baseline_clip": "<b>Référence personnelle</b> tirée de l’extrait {clip}, dans les colonnes "
        "<code>baseline_…</code> de faces.csv\u00a0; les chiffres de cette page n’en tiennent pas compte.",
        "baseline_person": "{who}\u00a0: {looks} en {seconds}, surtout {label}",
        "person_head": "Personne",
        "seen": "Visible",
        "seen_for": "Durée",
        "time_in_each": "Temps par expression",
        "most": "Surtout",
        "seen_once": "vue une seule fois",
        "more": "{count} autres sont dans faces.csv.",
        "more_one": "{count} autre est dans faces.csv.",
        "facing": "face à la caméra {share} du temps",
        "blinks": "clignements par minute\u00a0: {rate}",
        "markers": "Marqueurs",
        "markers_hint": "Envoyés par d’autres programmes, par Lab Streaming Layer, pendant l’observation.",
        "marker": "Marqueur",
        "marker_at": "Instant",
        "marker_stream": "Flux",
        "more_markers": "{count} autres sont dans markers.csv.",
        "more_markers_one": "{count} autre est dans markers.csv.",
        "moments": "Moments marquants",
        "moments_hint": "Les plus grands changements. L’écart est la probabilité passée en une seconde d’une "
        "expression à une autre.",
        "moment_picture": "{who} à {time}",
        "moved": "écart de {share}",
        "no_change": "Aucune étiquette n’a changé dans cet enregistrement.",
        "how_sure": "Confiance",
        "sure": "La confiance moyenne dans l’expression la plus probable était de {confidence}, sur {looks}\u00a0; "
        "{uncertain} d’entre elles étaient <i>incertaines</i>.",
        "looks": "{count} classifications",
        "looks_one": "{count} classification",
        "bar": "de {from_} à {to}\u00a0: {looks}",
        "how_often": "Distribution de la confiance",
        "confidence": "confiance",
        "saw_nothing": "Aucun visage n’était assez net pour être classé.",
        "network": "Exactitude du réseau <b>{name}</b> ({model}) sur des images qui n’ont pas servi à son "
        "entraînement. L’erreur de calibration est l’écart entre sa confiance et la fréquence à laquelle il a raison.",
        "test_set": "Jeu de test",
        "head": "Sortie",
        "number": "Images",
        "accuracy": "Exactitude",
        "mean": "Exactitude équilibrée",
        "calibration": "Erreur de calibration (ECE)",
        "ece": "ECE",
        "points": "{count}\u00a0points",
        "points_one": "{count}\u00a0point",
        "photographs": "Ce sont des photographies. Une vidéo comme cet enregistrement peut être plus difficile.",
        "no_card": "La fiche du modèle {model} n’est pas sur cette machine\u00a0: son exactitude n’est pas connue ici.",
        "files": "Fichiers",
        "technical": "{width} × {height}, {fps} images par seconde\u00a0; {frames_out} images sur {frames_in}\u00a0; "
        "{network}.",
        "network_used": "réseau {model}",
        "network_unused": "aucun réseau utilisé",
        "recordings": "Enregistrements",
        "recording": "Enregistrement",
        "groups": "Groupes",
        "group": "Groupe",
        "groups_hint": "Les parts sont des moyennes\u00a0: chaque enregistrement compte autant que les autres.",
        "ungrouped": "sans groupe",
        "participants_wrong": "participants.csv contient des erreurs.",
        "changes": "Changements",
        "confidence_head": "Confiance",
        "none": "aucune",
        "no_results": "aucun résultat",
        "limits": "Limites de ces résultats",
        "limits_words": "Un programme a estimé, pour chaque visage, lequel de sept mots on choisirait pour décrire "
        "son expression. Il ne sait pas ce qu’une personne ressent, pense ou compte faire. Un visage peut poser, être "
        "fatigué, parler ou être simplement fait ainsi.",
        "limits_tracks": "Les numéros des personnes viennent du suivi. Une personne qui sort de l’image et revient, "
        "ou qui reste cachée plus d’une seconde environ, peut recevoir un nouveau numéro\u00a0; persons.csv les "
        "réunit.",
        "limits_smoothed": "Les étiquettes sont lissées sur une demi-seconde environ et apparaissent un peu après "
        "l’expression.",
        "limits_small": "Les visages petits, flous, tournés ou couverts sont <i>incertains</i>. Ceux qui n’ont pas "
        "été détectés manquent.",
        "limits_people": "L’exactitude varie d’une personne à l’autre et n’est pas connue pour chaque âge, chaque "
        "couleur de peau et chaque culture.",
        "limits_network": "<b>Réseau {name}\u00a0:</b> {said}",
        "network_limits": "Les sept étiquettes ne sont pas des sentiments : dix annotateurs confirment les étiquettes "
        "de FER2013 pour 64 % des images. Peur, tristesse et neutralité sont souvent confondues, et "
        "le dégoût est rare dans les données. Environ 45\u00a0% des expressions jouées par dix Japonaises "
        "ont reçu la bonne étiquette, contre 72 et 81\u00a0% dans deux autres jeux de données\u00a0; on ignore sinon "
        "comment la précision varie avec l’âge, la peau et la culture. Ne pas s’en servir "
        "pour décider au sujet de personnes.",
        "law": "<b>La loi.</b> Dans l’Union européenne, il est interdit depuis le 2\u00a0février 2025 d’inférer les "
        "émotions de personnes sur le lieu de travail et dans les établissements d’enseignement, sauf pour des raisons "
        "médicales ou de sécurité\u00a0: règlement\u00a0(UE) 2024/1689, article\u00a05, paragraphe\u00a01, "
        "point\u00a0f). Depuis le 2\u00a0août 2026, les personnes exposées à un système de reconnaissance des émotions "
        "doivent en être informées (article\u00a050, paragraphe\u00a03). Partout dans l’Union, les visages sont des "
        "données à caractère personnel (RGPD). Ceci ne constitue pas un avis juridique.",
    },
}
"""Language to key to message; values replace the names in braces."""
for _language in TEXTS:
    TEXTS[_language] |= TIMELINE_TEXTS[_language]
    TEXTS[_language] |= {f"fault_{kind}": text for kind, text in FAULTS[_language].items()}


class Html(Wording):
    """A report's messages in one language, for its templates."""

    def __init__(self, language: Language) -> None:
        super().__init__(language, TEXTS[language])

    def __call__(self, key: str, **values: object) -> str:
        """Return a message as markup, with its values escaped and filled in."""
        return Markup(self.texts[key]).format(**values)

    def seconds(self, value: float) -> str:
        """Return a duration, `value` in seconds, as text such as `3.2 s`."""
        return self("seconds", seconds=self.number(value, 1))
