"""How a benchmark reports: its figure, what it is measured against, and the ratio of the two."""


def figure(title, value, unit, peer, peer_value):
    """One line; `peer` names the other product, the plain way or the limit that `peer_value` belongs to."""
    ratio = value / peer_value if peer_value else float("inf")
    print(f"{title}: {value:.4g} {unit}; {peer}: {peer_value:.4g} {unit}; ratio {ratio:.2f}", flush=True)
