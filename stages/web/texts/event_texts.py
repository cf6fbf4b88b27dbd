"""Messages of the list of events and of the wall."""

from pipeline.messages import Language

EVENT_TEXTS: dict[Language, dict[str, str]] = {
    "en": {
        "events": "Events",
        "event": "Event",
        "time": "Time",
        "emotion": "Emotion",
        "all_emotions": "All emotions",
        "no_events": "Nothing has happened yet.",
        "event_appeared": "Person {track} came into view",
        "event_changed": "Person {track} changed",
        "event_lost": "Person {track} left after {time}; longest",
        "event_state": "Camera: {state}",
        "wall": "Wall",
        "wall_why": "Show all cameras without controls, for a screen on the wall",
        "wall_leave": "Back to all cameras",
        "find_camera": "Find a camera",
    },
    "fr": {
        "events": "Événements",
        "event": "Événement",
        "time": "Heure",
        "emotion": "Émotion",
        "all_emotions": "Toutes les émotions",
        "no_events": "Il ne s’est encore rien passé.",
        "event_appeared": "La personne {track} est apparue",
        "event_changed": "La personne {track} a changé",
        "event_lost": "La personne {track} est partie après {time}\u00a0; le plus longtemps",
        "event_state": "Caméra\u00a0: {state}",
        "wall": "Mur",
        "wall_why": "Afficher toutes les caméras sans commandes, pour un écran mural",
        "wall_leave": "Retour à toutes les caméras",
        "find_camera": "Chercher une caméra",
    },
}
