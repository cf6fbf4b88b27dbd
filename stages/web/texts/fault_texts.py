"""Why a change was refused, in each language; faults of a source are in `models.display.words.FAULTS`."""

from pipeline.messages import Language

FAULT_TEXTS: dict[Language, dict[str, str]] = {
    "en": {
        "refused_name": "Choose a name of 1 to 40 letters, digits, - and _.",
        "refused_taken": "There is already a camera named {name}.",
        "refused_gone": "Camera {name} no longer exists.",
        "refused_no_source": "Enter an address.",
        "refused_source": "Enter an address that begins with rtsp:// or http://, a camera of this machine "
        "(0, /dev/video0), or demo. Other sources are added in the config file.",
        "refused_hidden_login": "Enter the login itself instead of ***.",
        "refused_bound_login": "This camera’s login belongs to its current address. Change the address in the config "
        "file.",
        "refused_option": "{name} can only be changed in the config file.",
        "refused_last": "{name} is the only camera. Add another one first.",
        "refused_trying": "Another address is being tested. Try again in a moment.",
        "refused_redrawn": "The zones of {name} were changed elsewhere after you opened this page. Yours are not saved:"
        " open the page again to see the others.",
        "refused_run": "The change was refused.",
        "mistake_value": "{name}: invalid value.",
        "mistake_range": "{name}: must be from {low} to {high}.",
        "mistake_steps": "{name}: must be a multiple of {step}, from {low} to {high}.",
        "mistake_unknown": "{name}: this source has no such option.",
        "mistake_forced": "{name}: set by [privacy] in the config file.",
        "stored_unreadable": "The history cannot be read.",
    },
    "fr": {
        "refused_name": "Choisissez un nom de 1 à 40 lettres, chiffres, - et _.",
        "refused_taken": "Une caméra nommée {name} existe déjà.",
        "refused_gone": "La caméra {name} n’existe plus.",
        "refused_no_source": "Saisissez une adresse.",
        "refused_source": "Saisissez une adresse qui commence par rtsp:// ou http://, une caméra de cette machine "
        "(0, /dev/video0), ou demo. Les autres sources s’ajoutent dans le fichier de configuration.",
        "refused_hidden_login": "Saisissez les identifiants à la place de ***.",
        "refused_bound_login": "Les identifiants de cette caméra sont liés à son adresse actuelle. Modifiez l’adresse "
        "dans le fichier de configuration.",
        "refused_option": "{name} se modifie uniquement dans le fichier de configuration.",
        "refused_last": "{name} est la seule caméra. Ajoutez-en d’abord une autre.",
        "refused_trying": "Une autre adresse est en cours de test. Réessayez dans un instant.",
        "refused_redrawn": "Les zones de {name} ont été modifiées ailleurs depuis l’ouverture de cette page. Les vôtres"
        " ne sont pas enregistrées\u00a0: rouvrez la page pour voir les autres.",
        "refused_run": "La modification a été refusée.",
        "mistake_value": "{name}\u00a0: valeur non valide.",
        "mistake_range": "{name}\u00a0: doit être compris entre {low} et {high}.",
        "mistake_steps": "{name}\u00a0: doit être un multiple de {step}, entre {low} et {high}.",
        "mistake_unknown": "{name}\u00a0: cette source n’a pas cette option.",
        "mistake_forced": "{name}\u00a0: fixé par [privacy] dans le fichier de configuration.",
        "stored_unreadable": "Impossible de lire l’historique.",
    },
}
"""Language to key to message: `refused_KIND` for each `policy.Kind`, `mistake_KIND` for each kind of
`pipeline.errors.Mistake`."""
