"""What it takes to carry a name on, to give it back, and to give it up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NameParams:
    """keep_share: of the lighter of a ring and what a name remembers, what both must have for a name that the
    latest runs gave to stay. Two of five: a ring of five may change three of its members at once.
    revive_share: the same for a name that was not given lately. Three of five: whoever comes back has to be
    known, or a stranger's ring would answer to the name.
    margin_share: a name counts by what it remembers, and by so much again of what carried it in the latest
    runs; so a challenger that remembers a fifth more does not take it away.
    decay: what an appearance counts less than the next one. memory_count: appearances that are remembered;
    the one before those would count .4 %.
    dissolve_after_count: as-of times in a row at which a ring is missed before it is given up.
    change_share: of the members before, from which a ring is said to have grown or shrunk.
    merge_share: of what a name remembers, in one ring of another name, from which it is merged into that.
    split_share: of a ring, remembered by a name that another ring carries, from which it is split off that.
    fringe_weight: a member of the fringe, where one of the core counts 1: a name goes with the core.
    unasked_confidence: of a member of whom no confidence was asked.
    """

    keep_share: float = 0.4
    revive_share: float = 0.6
    margin_share: float = 0.25
    decay: float = 0.5
    memory_count: int = 8
    dissolve_after_count: int = 12
    change_share: float = 0.2
    merge_share: float = 0.5
    split_share: float = 0.5
    fringe_weight: float = 0.5
    unasked_confidence: float = 0.75

    def __post_init__(self) -> None:
        """Raises ValueError for what makes no sense."""
        allowed = {
            "keep_share is at most revive_share": 0 < self.keep_share <= self.revive_share <= 1,
            "margin_share is not negative": self.margin_share >= 0,
            "decay lies in (0, 1]": 0 < self.decay <= 1,
            "memory_count is at least 1": self.memory_count >= 1,
            "dissolve_after_count is at least 1": self.dissolve_after_count >= 1,
            "fringe_weight lies in (0, 1]": 0 < self.fringe_weight <= 1,
            "unasked_confidence lies in (0, 1]": 0 < self.unasked_confidence <= 1,
        }
        for rule, holds in allowed.items():
            if not holds:
                raise ValueError(rule)
