"""What is wrong with what a reader asks for, in the page's languages; with a source: `models.display.words.FAULTS`."""

from pipeline.messages import Language

FAULT_TEXTS: dict[Language, dict[str, str]] = {
    "en": {
        "refused_name": "Choose a name of 1 to 40 letters, digits, - and _.",
        "refused_taken": "There is already a camera {name}.",
        "refused_gone": "Camera {name} no longer exists.",
        "refused_no_source": "Enter an address.",
        "refused_source": "Enter an address that begins with rtsp:// or http://, a camera of this machine "
        "(0, /dev/video0), or demo. Other sources are added in the config file.",
        "refused_hidden_login": "Enter the login itself instead of ***.",
        "refused_bound_login": "This camera’s login belongs to its present address, which is changed in the config "
        "file.",
        "refused_option": "{name} is changed in the config file.",
        "refused_last": "{name} is the only camera. Add another one first.",
        "refused_run": "The change was refused.",
        "mistake_value": "{name}: invalid value.",
        "mistake_range": "{name}: from {low} to {high}.",
        "mistake_steps": "{name}: a multiple of {step}, from {low} to {high}.",
        "mistake_unknown": "{name}: this source has no such option.",
        "mistake_forced": "{name}: [privacy] in the config file decides this.",
        "stored_unreadable": "The history cannot be read.",
    },
    "fr": {
        "refused_name": "Choisissez un nom de 1 à 40 lettres, chiffres, - et _.",
        "refused_taken": "Il y a déjà une caméra {name}.",
        "refused_gone": "Il n’y a plus de caméra {name}.",
        "refused_no_source": "Donnez une adresse.",
        "refused_source": "Donnez une adresse qui commence par rtsp:// ou http://, une caméra de cette machine "
        "(0, /dev/video0), ou demo. Les autres sources s’ajoutent dans le fichier de configuration.",
        "refused_hidden_login": "Donnez les identifiants eux-mêmes, à la place de ***.",
        "refused_bound_login": "Les identifiants de cette caméra sont liés à son adresse actuelle, qui se change "
        "dans le fichier de configuration.",
        "refused_option": "{name} se change dans le fichier de configuration.",
        "refused_last": "{name} est la seule caméra. Ajoutez-en d’abord une autre.",
        "refused_run": "Cette modification est refusée.",
        "mistake_value": "{name}\u00a0: cette valeur n’est pas possible.",
        "mistake_range": "{name}\u00a0: de {low} à {high}.",
        "mistake_steps": "{name}\u00a0: un multiple de {step}, de {low} à {high}.",
        "mistake_unknown": "{name}\u00a0: cette source n’a pas cette option.",
        "mistake_forced": "{name}\u00a0: c’est [privacy] qui en décide, dans le fichier de configuration.",
        "stored_unreadable": "L’historique ne peut pas être lu.",
    },
}
"""Language to name to text: `refused_KIND` for each `policy.Kind`, `mistake_KIND` for each kind of
`pipeline.errors.Mistake`."""
