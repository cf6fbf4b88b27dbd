"""Every text of a report in every language. They are HTML; what is filled in is escaped."""

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
        "estimates": 'Estimates of a program: see <a href="#limits">what this can and cannot say</a>.',
        "incomplete": "<b>Incomplete:</b> {why}.",
        "fault_": "an error was reported",
        "fault_unreadable": "its results cannot be read",
        "length": "Length",
        "people": "People",
        "shown_most": "Shown most",
        "no_face": "no face",
        "changes_of_label": "Changes of label",
        "uncertain": "Uncertain",
        "pictures": "Pictures",
        "over_people": "Over all people",
        "over_recordings": "Over all recordings",
        "seconds": "{seconds}\u00a0s",
        "share": "{label} {share}",
        "share_seconds": "{label} {share} ({seconds})",
        "span": "{start} to {end}",
        "between": "({low} to {high})",
        "timeline": "Timeline",
        "timeline_hint": "Area: how probable each expression is. Band below: the label shown. Blank: not seen.",
        "timeline_chosen": "The {shown} people seen longest, of {all}.",
        "stretches": "Person {track}: {count} stretches of one label",
        "stretches_one": "Person {track}: {count} stretch of one label",
        "person_head": "Person",
        "seen": "Seen",
        "seen_for": "For",
        "time_in_each": "Time in each expression",
        "most": "Most",
        "seen_once": "seen once",
        "more": "And {count} more, in faces.csv.",
        "more_one": "And {count} more, in faces.csv.",
        "moments": "Key moments",
        "moments_hint": "The strongest changes: how much probability moved from some expressions to others within a "
        "second.",
        "moment_picture": "Person {track} at {time}",
        "moved": "{share} moved",
        "no_change": "Nobody’s label changed in this recording.",
        "how_sure": "How sure the program is",
        "sure": "Its confidence in the strongest expression was {confidence} on average, over {looks}; {uncertain} of "
        "them were left <i>uncertain</i>.",
        "looks": "{count} looks at a face",
        "looks_one": "{count} look at a face",
        "bar": "{from_} to {to}: {looks}",
        "how_often": "How often each confidence occurred",
        "confidence": "confidence",
        "saw_nothing": "It saw no face well enough to say anything.",
        "network": "What the network <b>{name}</b> ({model}) was measured at, on pictures it was not trained on. The "
        "calibration error says how far its confidence is from how often it is right.",
        "compared_head": "Answers compared with",
        "compared": "Compared with",
        "number": "Number",
        "accuracy": "Accuracy",
        "mean": "Mean over classes",
        "calibration": "Calibration error (ECE)",
        "ece": "ECE",
        "points": "{count} points",
        "points_one": "{count} point",
        "photographs": "Photographs are not video, and this recording may be harder than they are.",
        "no_card": "The card of the network {model} is not on this machine, so its accuracy cannot be given here.",
        "files": "Files",
        "technical": "{width} × {height}, {fps} pictures per second; {frames_out} of {frames_in} pictures; {network}.",
        "network_used": "network {model}",
        "network_unused": "network not used",
        "recordings": "Recordings",
        "recording": "Recording",
        "changes": "Changes",
        "confidence_head": "Confidence",
        "none": "none",
        "no_results": "no results",
        "limits": "What this can and cannot say",
        "limits_words": "A program looked at each face and estimated which of seven words people would choose for its "
        "expression. It knows nothing of what a person feels, thinks or intends: faces are posed, tired, talking or "
        "simply built that way.",
        "limits_tracks": "Numbers of persons are tracks: who leaves the picture and comes back, or is hidden for more "
        "than about a second, may get a new number.",
        "limits_smoothed": "Labels are smoothed over about half a second and appear a little later than the "
        "expression.",
        "limits_small": "Small, blurred, turned or covered faces are called <i>uncertain</i>; faces that were not "
        "found are missing.",
        "limits_people": "How well it works differs between people, and is not known for every age, skin and culture.",
        "limits_network": "<b>Of the network {name}:</b> {said}",
        "network_limits": "Seven words are not feelings: ten people agree with FER2013's own labels on two pictures in "
        "three. Fear, sad and neutral are often confused, disgust is rare in the data. Unknown how it differs by age, "
        "skin and culture. Not for decisions about people.",
        "law": "<b>The law.</b> In the European Union it has been prohibited since 2 February 2025 to infer emotions "
        "of people at work or in education, medical and safety reasons excepted (Regulation (EU) 2024/1689, "
        "Article 5(1)(f)). Since 2 August 2026 people who are exposed to emotion recognition have to be informed of it "
        "(Article 50(3)). Faces are personal data everywhere in the Union (GDPR). This is no legal advice.",
    },
    "fr": {
        "all_recordings": "Tous les enregistrements",
        "about": "Ce que les visages de cet enregistrement semblent exprimer. {estimates}",
        "about_several": "{count} enregistrements\u00a0: ce que les visages y semblent exprimer. {estimates}",
        "estimates": "Ce sont les estimations d’un programme\u00a0: "
        'voyez <a href="#limits">ce qu’elles disent et ne disent pas</a>.',
        "incomplete": "<b>Incomplet\u00a0:</b> {why}.",
        "fault_": "une erreur a été signalée",
        "fault_unreadable": "ses résultats sont illisibles",
        "length": "Durée",
        "people": "Personnes",
        "shown_most": "Le plus affiché",
        "no_face": "aucun visage",
        "changes_of_label": "Changements d’étiquette",
        "uncertain": "Incertain",
        "pictures": "Images",
        "over_people": "Toutes personnes confondues",
        "over_recordings": "Tous enregistrements confondus",
        "seconds": "{seconds}\u00a0s",
        "share": "{label} {share}",
        "share_seconds": "{label} {share} ({seconds})",
        "span": "{start} à {end}",
        "between": "(de {low} à {high})",
        "timeline": "Chronologie",
        "timeline_hint": "Aire\u00a0: probabilité de chaque expression. Bande du dessous\u00a0: étiquette affichée. "
        "Vide\u00a0: la personne n’est pas visible.",
        "timeline_chosen": "Les {shown} personnes visibles le plus longtemps, sur {all}.",
        "stretches": "Personne\u00a0{track}\u00a0: {count} périodes d’une même étiquette",
        "stretches_one": "Personne\u00a0{track}\u00a0: {count} période d’une même étiquette",
        "person_head": "Personne",
        "seen": "Visible",
        "seen_for": "Pendant",
        "time_in_each": "Durée de chaque expression",
        "most": "Surtout",
        "seen_once": "vue une seule fois",
        "more": "Et {count} autres, dans faces.csv.",
        "more_one": "Et {count} autre, dans faces.csv.",
        "moments": "Moments marquants",
        "moments_hint": "Les changements les plus nets. L’écart est la part de probabilité passée, en une seconde, de "
        "certaines expressions à d’autres.",
        "moment_picture": "Personne\u00a0{track} à {time}",
        "moved": "écart de {share}",
        "no_change": "Aucune étiquette n’a changé dans cet enregistrement.",
        "how_sure": "Degré de certitude du programme",
        "sure": "Sa confiance dans l’expression la plus probable était en moyenne de {confidence}, sur {looks}\u00a0; "
        "{uncertain} d’entre eux sont restés <i>incertains</i>.",
        "looks": "{count} examens d’un visage",
        "looks_one": "{count} examen d’un visage",
        "bar": "de {from_} à {to}\u00a0: {looks}",
        "how_often": "Fréquence de chaque degré de confiance",
        "confidence": "confiance",
        "saw_nothing": "Il n’a vu aucun visage assez nettement pour en dire quoi que ce soit.",
        "network": "Ce que vaut le réseau <b>{name}</b> ({model}), mesuré sur des images qui n’ont pas servi à "
        "l’entraîner. L’erreur de calibration dit de combien sa confiance s’écarte de la fréquence à laquelle il a "
        "raison.",
        "compared_head": "Réponses comparées à",
        "compared": "Comparées à",
        "number": "Nombre",
        "accuracy": "Exactitude",
        "mean": "Moyenne par classe",
        "calibration": "Erreur de calibration (ECE)",
        "ece": "ECE",
        "points": "{count}\u00a0points",
        "points_one": "{count}\u00a0point",
        "photographs": "Des photographies ne sont pas une vidéo, et cet enregistrement peut être plus difficile "
        "qu’elles.",
        "no_card": "La fiche du réseau {model} n’est pas sur cette machine\u00a0: son exactitude ne peut pas être "
        "donnée ici.",
        "files": "Fichiers",
        "technical": "{width} × {height}, {fps} images par seconde\u00a0; {frames_out} images sur {frames_in}\u00a0; "
        "{network}.",
        "network_used": "réseau {model}",
        "network_unused": "aucun réseau utilisé",
        "recordings": "Enregistrements",
        "recording": "Enregistrement",
        "changes": "Changements",
        "confidence_head": "Confiance",
        "none": "aucune",
        "no_results": "aucun résultat",
        "limits": "Ce que ces résultats disent et ne disent pas",
        "limits_words": "Un programme a regardé chaque visage et estimé lequel, parmi sept mots, on choisirait pour "
        "décrire son expression. Il ne sait rien de ce qu’une personne ressent, pense ou projette\u00a0: les visages "
        "posent, sont fatigués, parlent ou sont simplement faits ainsi.",
        "limits_tracks": "Les numéros des personnes sont ceux d’un suivi\u00a0: qui sort de l’image et y revient, ou "
        "reste caché plus d’une seconde environ, peut recevoir un nouveau numéro.",
        "limits_smoothed": "Les étiquettes sont lissées sur une demi-seconde environ et apparaissent un peu après "
        "l’expression.",
        "limits_small": "Les visages petits, flous, tournés ou couverts sont dits <i>incertains</i>\u00a0; ceux qui "
        "n’ont pas été trouvés manquent.",
        "limits_people": "La qualité des réponses varie d’une personne à l’autre, et n’est pas connue pour chaque âge, "
        "chaque couleur de peau et chaque culture.",
        "limits_network": "<b>Du réseau {name}\u00a0:</b> {said}",
        "network_limits": "Sept mots ne sont pas des sentiments\u00a0: dix personnes s’accordent avec les étiquettes "
        "de FER2013 sur deux images sur trois. Peur, tristesse et neutre sont souvent confondus, le dégoût est rare "
        "dans les données. On ignore comment cela varie selon l’âge, la couleur de peau et la culture. Ne doit servir "
        "à aucune décision sur des personnes.",
        "law": "<b>La loi.</b> Dans l’Union européenne, il est interdit depuis le 2\u00a0février 2025 d’inférer les "
        "émotions de personnes sur le lieu de travail et dans les établissements d’enseignement, sauf pour des raisons "
        "médicales ou de sécurité\u00a0: règlement\u00a0(UE) 2024/1689, article\u00a05, paragraphe\u00a01, "
        "point\u00a0f). Depuis le 2\u00a0août 2026, les personnes exposées à un système de reconnaissance des émotions "
        "doivent en être informées (article\u00a050, paragraphe\u00a03). Partout dans l’Union, les visages sont des "
        "données à caractère personnel (RGPD). Ceci ne constitue pas un avis juridique.",
    },
}
"""Language to name to text; what stands in braces is filled in."""
for _language in TEXTS:
    TEXTS[_language] |= TIMELINE_TEXTS[_language]
    TEXTS[_language] |= {f"fault_{kind}": text for kind, text in FAULTS[_language].items()}


class Html(Wording):
    """A report's wording in a language, for its templates."""

    def __init__(self, language: Language) -> None:
        super().__init__(language, TEXTS[language])

    def __call__(self, key: str, **values: object) -> str:
        """Return a text as markup, with its values filled in and escaped."""
        return Markup(self.texts[key]).format(**values)

    def seconds(self, value: float) -> str:
        """Return a duration in seconds."""
        return self("seconds", seconds=self.number(value, 1))
