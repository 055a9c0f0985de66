"""Posting and paying 100 invoices without the addon, with it, and with a default cadence: three databases in turn."""

from statistics import median

from apart import BASES, measure_posting
from figures import figure

COUNT, TURNS = 100, 2

turns = [{mode: measure_posting(env, "posting_round.py", mode) for mode in BASES} for _turn in range(TURNS)]
middle = {mode: {key: median(turn[mode][key] for turn in turns) for key in turns[0][mode]} for mode in BASES}
for act in ("post", "pay"):
    plain, idle, default = (middle[mode][f"{act}_ms"] for mode in BASES)
    queries = [middle[mode][f"{act}_sql"] for mode in BASES]
    word = {"post": "Posting", "pay": "Paying"}[act]
    figure(f"{word} 100 invoices with the addon, no cadence", idle, "ms", "without the addon", plain)
    figure(f"{word} 100 invoices with the addon, no cadence", queries[1], "SQL", "without the addon", queries[0])
    figure(f"{word} 100 invoices with a default cadence", default, "ms", "without the addon", plain)
    figure(f"{word} 100 invoices with a default cadence", queries[2], "SQL", "without the addon", queries[0])
    if act == "post":
        figure("What a default cadence adds to posting", (default - idle) / COUNT / 6, "ms a step", "limit", 0.25)
