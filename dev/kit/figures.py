"""How a benchmark measures and reports: its figure, what it is measured against, and the ratio of the two."""

import os
import statistics
import time


def size(name, usual):
    """How many of something a benchmark works on: as said on the command line (`NAME=COUNT`), else as usual."""
    return int(os.environ.get(f"BENCH_{name.upper()}") or usual)


def median_ms(env, work, count):
    """Milliseconds that some work takes with nothing cached, the middle of a few times."""
    times = []
    for _turn in range(count):
        env.invalidate_all()
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def figure(title, value, unit, peer, peer_value):
    """One line; `peer` names the other product, the plain way or the limit that `peer_value` belongs to."""
    ratio = value / peer_value if peer_value else float("inf")
    print(f"{title}: {value:.4g} {unit}; {peer}: {peer_value:.4g} {unit}; ratio {ratio:.2f}", flush=True)
