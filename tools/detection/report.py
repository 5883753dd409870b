# SPDX-License-Identifier: MIT
"""Prints what the benchmark found, for people; and as JSON, for everything else."""
import collections
import json
import math


def percent(share):
    if not share["total"]:
        return "-"
    return f"{share['hits']}/{share['total']} = {share['share']:.1%} [{share['low']:.1%} {share['high']:.1%}]"


def seconds(value):
    return "-" if math.isnan(value) else "missed" if math.isinf(value) else f"{value:.1f}"


def short_percent(share):
    return f"{share['share']:.1%}" if share["total"] else "-"


def clean(value):
    """JSON knows neither infinity nor NaN: null, and "missed" says why."""
    if isinstance(value, dict):
        return {key: clean(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "missed" if math.isinf(value) else None
    return value


def print_json(result):
    print(json.dumps(clean(result), indent=1))


def between(pair, form="{:.1%}"):
    return "" if math.isnan(pair[0]) else f"by person [{form.format(pair[0])} {form.format(pair[1])}]"


def print_details(name, f):
    again, false, persons, core = f["resampled_by_person"], f["false"], f["persons"], f["szcore"]
    print(f"\n{name}: {f['nights']} nights, {persons['count']} persons, {f['cramps']} cramps")
    lines = [
        ("found, full (>= 10 s)", f"{percent(f['full'])} {between(again['full'])}"),
        ("found, hard set", f"{percent(f['hard'])} {between(again['hard'])}"),
        *((f"  {kind.replace('_', ' ')}", percent(share)) for kind, share in f["hard_by_kind"].items()),
        ("found, all >= 10 s", f"{percent(f['from_10_s'])} {between(again['from_10_s'])}"),
        *((f"  of {length}", percent(share)) for length, share in f["by_duration"].items() if share["total"]),
        ("false alarms a night", f"{false['count']}: {false['each_night']:.3f} [{false['low']:.3f} {false['high']:.3f}] "
                                 f"{between(again['false_each_night'], '{:.3f}')}"),
        *((f"  during {name}", f"{count} (met {false['confusers_met'].get(name, 0)})")
          for name, count in sorted(false["by_confuser"].items(), key=lambda item: -item[1])),
        ("nights with any", percent(false["nights_with_any"])),
        ("delay from EMG onset, s", "median {} {}, p95 {}, max {}; p95 with misses {}".format(
            seconds(f["latency"]["median"]), between(again["latency_median"], "{:.1f}"),
            *(seconds(f["latency"][key]) for key in ("p95", "max", "p95_with_misses")))),
        ("  hard set", "median {}, p95 {}, max {}; p95 with misses {}".format(
            *(seconds(f["latency_hard"][key]) for key in ("median", "p95", "max", "p95_with_misses")))),
        ("alerted before waking", percent(f["before_waking"])),
        ("  of announced cramps", percent(f["before_waking_announced"])),
        ("rises announced", f"{f['rises']['announced']} (cramps with a rise: {f['rises']['true']})"),
        ("coverage", f"{f['coverage']:.4f}"),
        *((f"told {fault} within 10 s", f"{percent(share)}, slowest {seconds(share['slowest_s'])} s")
          for fault, share in f["faults"].items()),
        ("a person: median / worst decile", f"found {persons['sensitivity_median']:.1%} / "
         f"{persons['sensitivity_worst_decile']:.1%}, false a night {persons['false_each_night_median']:.2f} / "
         f"{persons['false_each_night_worst_decile']:.2f}"),
        ("SzCORE event rules", f"found {core['found']}/{core['reference']} = {core['sensitivity']:.1%}, false in 24 h "
         f"{core['false_each_24_h']:.2f} [{core['false_low']:.2f} {core['false_high']:.2f}], F1 {core['f1']:.3f}"),
    ]
    for label, text in lines:
        print(f"  {label:32} {text}".rstrip())


def print_compared(rows):
    """rows: (name, figures). One line a detector."""
    print(f"\n  {'':58} {'full':>7} {'hard':>7} {'false/night':>11} {'nights':>7} {'median':>7} {'p95':>7} {'p95+':>7} "
          f"{'waking':>7} {'SzCORE':>7} {'FA/24h':>8}")
    for name, f in rows:
        print(f"  {name:58} {short_percent(f['full']):>7} {short_percent(f['hard']):>7} {f['false']['each_night']:11.3f} "
              f"{short_percent(f['false']['nights_with_any']):>7} {seconds(f['latency']['median']):>7} "
              f"{seconds(f['latency']['p95']):>7} {seconds(f['latency']['p95_with_misses']):>7} "
              f"{short_percent(f['before_waking_announced']):>7} {f['szcore']['sensitivity']:7.1%} "
              f"{f['szcore']['false_each_24_h']:8.2f}")
    print("  full, hard: cramps found; nights: with any false alarm; delays in s over full cramps, p95+ with misses counted "
          "as infinite; waking: announced\n  cramps alerted before the modelled waking; SzCORE: sensitivity and false alarms "
          "by its event rules, all cramps")


def print_cramps(rows):
    missed = collections.Counter(row["why"] for row in rows if "why" in row)
    found = collections.Counter(row["reason"] for row in rows if "why" not in row)
    print(f"\n  found: {dict(found.most_common())}; missed: {dict(missed.most_common())}")
    print(f"\n  {'cramp':>16} {'length':>6} {'x floor':>7} {'p95':>6} {'SNR dB':>6} {'3x at':>6} {'5x at':>6} {'>5x':>5} "
          f"{'>3x':>5} {'mg':>5} {'wakes':>6} {'delay':>6}  what became of it")
    for r in rows:
        if "why" in r:
            verdict = f"{r['why']}: " + ("; ".join(r["said"]) or "nothing said")
        else:
            verdict = f"{r['reason']} = onset {r['onset_delay']:+.1f} + {r['decision']:.1f}"
        beside = f" [{', '.join(r['with'])}]" if r["with"] else ""
        print(f"  {r['seed']:>9}@{r['start']:6.0f} {r['duration']:6.1f} {r['ratio']:7.1f} {r['ratio_peak']:6.1f} "
              f"{r['snr_db']:6.1f} {seconds(r['to_3x_s']):>6} {seconds(r['to_5x_s']):>6} {r['unbroken_5x_s']:5.1f} "
              f"{r['unbroken_3x_s']:5.1f} {r['moving_mg']:5.0f} {seconds(r['wake_after_s']):>6} {seconds(r['delay']):>6}  "
              f"{r['what']}{' after a rise' if r['announced'] else ''}{beside}: {verdict}")


def print_false(rows):
    for r in rows:
        print(f"  {r['seed']:>9}@{r['t']:6.0f} false during {r['during']} of {r['event_s']:.1f} s at "
              f"{r['event_level']:.2f} MVC: {r['reason']}, {r['decision']:.1f} s after its onset, lasted {r['lasted']:.1f} s")
