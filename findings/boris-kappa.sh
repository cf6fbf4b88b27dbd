#!/usr/bin/env bash
# Cohen's kappa in BORIS skips the time before the first event and after the last one of two coders.
. "$(dirname "$0")/common.sh"
. "$here/boris.sh" <<'END'
from boris import config, db_functions, irr

LENGTH = 600  # seconds that both coders watched


def kappa(*coders):
    """Kappa per second of BORIS, and over the whole recording, of two coders' smiles (start and end in s)."""
    smile = {"type": "State event", "key": "s", "code": "smile", "category": "", "modifiers": "", "excluded": ""}
    project = {
        config.ETHOGRAM: {"0": smile},
        config.SUBJECTS: {"0": {"key": "a", config.SUBJECT_NAME: "anna", "description": ""}},
        config.OBSERVATIONS: {},
    }
    for name, smiles in zip("AB", coders):
        events = [[Decimal(time), "anna", "smile", "", ""] for one in smiles for time in one]
        project[config.OBSERVATIONS][name] = {config.TYPE: config.LIVE, config.EVENTS: events}
    fine, message, database = db_functions.load_aggregated_events_in_db(project, ["anna"], ["A", "B"], ["smile"])
    assert fine, message
    found = irr.cohen_kappa(database.cursor(), "A", "B", Decimal(1), ["anna"], False)[0]
    a, b = ([any(start <= second <= end for start, end in smiles) for second in range(LENGTH)] for smiles in coders)
    agreed = sum(x == y for x, y in zip(a, b)) / LENGTH
    chance = sum(a) * sum(b) / LENGTH**2 + (LENGTH - sum(a)) * (LENGTH - sum(b)) / LENGTH**2
    return f"{found:.2f} {(agreed - chance) / (1 - chance):.2f}"


print(kappa([(100, 110)], [(100, 111)]))
print(kappa([(100, 110)], [(105, 115)]))
print(kappa([(10, 20), (580, 590)], [(15, 25), (580, 590)]))
END
run_python
what="kappa of BORIS, and of ten minutes of a recording;"
same "$what B ends the only smile a second later than A" "0.00 0.96" "$(line 1)"
same "$what B has it five seconds later" "-0.46 0.54" "$(line 2)"
same "$what smiles at the beginning and at the end" "0.76 0.76" "$(line 3)"
verdict
