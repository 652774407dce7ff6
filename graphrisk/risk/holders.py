"""What those who hold a thing say of it."""

from __future__ import annotations

import numpy as np

from graphrisk.graph.links import Floats, SharedLinks


def hear_holders(held: Floats, links: SharedLinks, risk: Floats) -> Floats:
    """[M] the probability that a ring brought each identifier, once its holders have been judged: at least
    the share of them that are in rings, among one more who is not. The kinds of things that rings share, and
    how they use them, differ from marketplace to marketplace more than that who is in one shares them.

    held: [M] by what the identifier itself is like. risk: [N], labels heard.
    """
    suspects = np.bincount(links.identifier, weights=risk[links.account], minlength=links.identifier_count)
    return np.asarray(np.maximum(held, suspects / (links.holder_count + 1.0)))
