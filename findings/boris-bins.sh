#!/usr/bin/env bash
# A time budget of BORIS with bins counts what begins at the border of two bins in both.
. "$(dirname "$0")/common.sh"
. "$here/boris.sh" <<'END'
from boris import config, time_budget_functions

CODES = {"smile": "State event", "blink": "Point event"}
ENTRY = {"key": "", "category": "", "modifiers": "", "excluded": "", "coding map": "", "description": ""}
LENGTH, BIN = 180, 60  # seconds


def budget(smiles, blinks=()):
    """Occurrences of both in each minute, and the mean length of smiles (s)."""
    events = [(time, "smile") for one in smiles for time in one] + [(time, "blink") for time in blinks]
    project = {
        config.ETHOGRAM: {str(number): {"code": code, "type": kind, **ENTRY} for number, (code, kind) in enumerate(CODES.items())},
        config.OBSERVATIONS: {"one": {config.EVENTS: [[Decimal(time), "anna", code, "", ""] for time, code in sorted(events)]}},
    }
    parameters = {
        config.SELECTED_SUBJECTS: ["anna"], config.SELECTED_BEHAVIORS: list(CODES), config.INCLUDE_MODIFIERS: False,
        config.START_TIME: Decimal(0), config.END_TIME: Decimal(LENGTH), config.TIME_BIN_SIZE: BIN,
        "time": config.TIME_ARBITRARY_INTERVAL, config.EXCLUDED_BEHAVIORS: [],
    }
    fine, table = time_budget_functions.synthetic_time_budget_bin(project, ["one"], parameters)
    assert fine
    names = list(zip(table[1], table[2]))
    bins = [dict(zip(names, row)) for row in list(table)[3:]]
    return ", ".join(
        f"{int(row['smile', 'Number of occurrences'])} {float(row['smile', 'Duration mean']):g} "
        f"{int(row['blink', 'Number of occurrences'])}" for row in bins
    )


print(budget([(10, 14), (61, 65), (121, 125)], [30, 90, 150]))
print(budget([(10, 14), (60, 64), (120, 124)], [30, 60, 120]))
END
run_python
what="smiles, their mean length (s) and blinks in three minutes;"
same "$what one of 4 s and a blink in each" "1 4 1, 1 4 1, 1 4 1" "$(line 1)"
same "$what in two minutes, they begin with the minute" "2 2 2, 2 2 2, 1 4 1" "$(line 2)"
verdict
