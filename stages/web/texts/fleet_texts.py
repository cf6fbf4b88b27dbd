"""Messages of the page of the fleet."""

from pipeline.messages import Language

FLEET_TEXTS: dict[Language, dict[str, str]] = {
    "en": {
        "fleet": "Fleet",
        "fleet_boxes": "Machines",
        "fleet_box": "Machine",
        "fleet_load": "Cameras / capacity",
        "fleet_clock": "Clock",
        "fleet_source": "Source",
        "fleet_runs": "running",
        "fleet_leads": "running, places the cameras",
        "fleet_drains": "being emptied",
        "fleet_drained": "empty",
        "fleet_gone": "not connected",
        "fleet_waits": "starting",
        "fleet_unplaced": "no machine takes it",
        "fleet_none": "no machine is connected",
        "fleet_all_drained": "all machines are drained",
        "fleet_full": "every machine is at its capacity",
        "fleet_able_full": "every machine that can run it is at its capacity",
        "fleet_away": "This machine has no connection to the fleet’s server yet.",
    },
    "fr": {
        "fleet": "Parc",
        "fleet_boxes": "Machines",
        "fleet_box": "Machine",
        "fleet_load": "Caméras / capacité",
        "fleet_clock": "Horloge",
        "fleet_source": "Source",
        "fleet_runs": "en marche",
        "fleet_leads": "en marche, répartit les caméras",
        "fleet_drains": "en cours de vidage",
        "fleet_drained": "vide",
        "fleet_gone": "non connectée",
        "fleet_waits": "démarre",
        "fleet_unplaced": "aucune machine ne la prend",
        "fleet_none": "aucune machine n’est connectée",
        "fleet_all_drained": "toutes les machines ont été vidées",
        "fleet_full": "toutes les machines sont au complet",
        "fleet_able_full": "toutes les machines qui en sont capables sont au complet",
        "fleet_away": "Cette machine n’est pas encore connectée au serveur du parc.",
    },
}
"""Language to key to message."""
