# SPDX-License-Identifier: MIT
"""Many nights in one life of the machine: the scenario's key `nights`.

    nights = { count = 30, worn = 450, at = 82800, run = "/bedside/night" }

The leg's recording begins anew once in 24 hours. The sensor is worn for the first `worn` seconds of it, and then
its cable is out until the next evening: samples cost real time, hours without them cost little. At `at` of each of
them `run` is run, with the number of the night. A step of `do` with the key `nightly` comes each night.

    day = 3600: the day has that many seconds only; near its end the clock is set to noon, and a minute later to the
next evening. (An hour without samples takes three real seconds.)
"""

DAY_S = 86400


def unfold(scenario):
    """The scenario with the keys that it means."""
    nights = scenario.get("nights")
    if not nights:
        return scenario
    day = nights.get("day", DAY_S)
    evenings = [day * n for n in range(nights["count"])]
    faults = [f"nack:all:{t + nights['worn']}-{t + day}" for t in evenings]
    steps = [{"at": t + nights["at"], "run": f"{nights['run']} {n}"} for n, t in enumerate(evenings, 1)]
    for step in scenario.get("do", []):
        steps += [dict(step, at=step["at"] + t) for t in (evenings if "nightly" in step else evenings[:1])]
    if day < DAY_S:
        steps += [{"at": t + day - before, "run": f"date -s @$(($(date +%s) + {(DAY_S - day) // 2}))"}
                  for t in evenings for before in (120, 60)]
    return dict(scenario, seconds=day * nights["count"], leg_seconds=nights["worn"], night_seconds=day,
                faults=scenario.get("faults", []) + faults, do=steps)
