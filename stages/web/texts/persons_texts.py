"""Messages of the form that names people."""

from pipeline.messages import Language

PERSONS_TEXTS: dict[Language, dict[str, str]] = {
    "en": {
        "persons": "Who is who",
        "persons_hint": "Give the same name to all numbers of one person. A number without a name is left out. The "
        "report, the table and the downloads follow; the video keeps its numbers.",
        "persons_table": "Numbers and names",
        "persons_track": "Number",
        "persons_seen": "In view",
        "persons_span": "{start} to {end}",
        "persons_name": "Name",
        "persons_name_of": "Name of number {track}",
        "persons_more": "persons.csv, among the downloads, has {count} more.",
        "persons_save": "Save names",
        "persons_seats": "People who keep their places",
        "persons_join": "Join by place",
        "persons_wrong": "The names could not be applied.",
        "probabilities_of": "Probabilities of {name}",
        "download_persons": "Persons (CSV)",
    },
    "fr": {
        "persons": "Qui est qui",
        "persons_hint": "Donnez le même nom à tous les numéros d’une personne. Un numéro sans nom est écarté. Le "
        "rapport, le tableau et les téléchargements suivent\u00a0; la vidéo garde ses numéros.",
        "persons_table": "Numéros et noms",
        "persons_track": "Numéro",
        "persons_seen": "Visible",
        "persons_span": "{start} à {end}",
        "persons_name": "Nom",
        "persons_name_of": "Nom du numéro {track}",
        "persons_more": "persons.csv, parmi les téléchargements, en contient {count} de plus.",
        "persons_save": "Enregistrer les noms",
        "persons_seats": "Personnes qui gardent leur place",
        "persons_join": "Réunir par place",
        "persons_wrong": "Les noms n’ont pas pu être appliqués.",
        "probabilities_of": "Probabilités de {name}",
        "download_persons": "Personnes (CSV)",
    },
}
