"""How likely the nearest answer is wrong, by its similarity: a curve through the labels.

The log-odds are taken to be linear in the similarity (Platt, "Probabilistic outputs for support
vector machines", 1999), so that the plentiful labels of misses tell of what is more similar too.
The fit is the mode of a posterior and its curvature there (Laplace's method). One pseudo-label of
each kind, spread as the labels are, keeps it sound while nothing wrong was seen (Clogg, Rubin,
Schenker, Schultz and Weidman, "Multiple imputation of industry and occupation codes", 1991).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

usual_slope, slope_precision = -10.0, 0.01
usual_level, level_precision = -1.0, 0.05
_most_steps = 25
_longest_step = 2.0


def logistic(log_odds: float) -> float:
    """Return the probability that has these log-odds."""
    return 1 / (1 + exp(-max(-40.0, min(40.0, log_odds))))


@dataclass(frozen=True, slots=True)
class Curve:
    """The probability of a wrong answer by similarity, and how sure it is.

    Attributes:
        centre: mean similarity of the labels.
        level: log-odds there.
        slope: of the log-odds.
        level_variance: of the level.
        slope_variance: of the slope.
        covariance: of the two.
    """

    centre: float
    level: float
    slope: float
    level_variance: float
    slope_variance: float
    covariance: float

    def at(self, similarity: float, deviations: float = 0.0) -> float:
        """Return the probability at a similarity.

        Args:
            similarity: a cosine.
            deviations: by how many standard deviations to be above the most likely curve.
        """
        x = similarity - self.centre
        log_odds = self.level + self.slope * x
        if deviations:
            variance = self.level_variance + x * (2 * self.covariance + x * self.slope_variance)
            log_odds += deviations * sqrt(max(0.0, variance))
        return logistic(log_odds)


def fitted(labels: Sequence[tuple[float, float, float]]) -> Curve:
    """Return the curve through labels.

    Args:
        labels: similarity, number of labels and how many of them were wrong, of each bin.

    Returns:
        The most likely curve; that of the prior alone when there are no labels.
    """
    total = sum(count for _, count, _ in labels)
    if not total:
        return Curve(0.0, usual_level, usual_slope, 1 / level_precision, 1 / slope_precision, 0.0)
    centre = sum(similarity * count for similarity, count, _ in labels) / total
    data = [
        (similarity - centre, count * (1 + 2 / total), wrong + count / total)
        for similarity, count, wrong in labels
    ]
    wrong = sum(wrong for _, _, wrong in data)
    # Newton's method, from where the curve fits on the whole: far from it, its steps lead nowhere.
    level, slope = log(wrong / (total + 2 - wrong)), usual_slope
    for _ in range(_most_steps):
        level_rise, slope_rise, aa, ab, bb = _derivatives(data, level, slope)
        determinant = aa * bb - ab * ab
        by_level = (bb * level_rise - ab * slope_rise) / determinant
        by_slope = (aa * slope_rise - ab * level_rise) / determinant
        share = 1 / max(1.0, abs(by_level) / _longest_step, abs(by_slope) / (5 * _longest_step))
        level += share * by_level
        slope += share * by_slope
        if abs(by_level) < 1e-4 and abs(by_slope) < 1e-3:
            break
    _, _, aa, ab, bb = _derivatives(data, level, slope)
    determinant = aa * bb - ab * ab
    return Curve(centre, level, slope, bb / determinant, aa / determinant, -ab / determinant)


def _derivatives(
    data: Sequence[tuple[float, float, float]], level: float, slope: float
) -> tuple[float, float, float, float, float]:
    """Return the gradient of the log-posterior and minus its second derivatives."""
    by_level = level_precision * (usual_level - level)
    by_slope = slope_precision * (usual_slope - slope)
    aa, ab, bb = level_precision, 0.0, slope_precision
    for x, count, wrong in data:
        probability = logistic(level + slope * x)
        rest = wrong - count * probability
        by_level += rest
        by_slope += rest * x
        information = count * probability * (1 - probability)
        aa += information
        ab += information * x
        bb += information * x * x
    return by_level, by_slope, aa, ab, bb
