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

centre = 0.85
usual_slope, slope_precision = -10.0, 0.01
usual_level, level_precision = -1.0, 0.05
_most_steps = 12
_longest_step = 5.0


def logistic(log_odds: float) -> float:
    """Return the probability that has these log-odds."""
    return 1 / (1 + exp(-max(-40.0, min(40.0, log_odds))))


@dataclass(frozen=True, slots=True)
class Curve:
    """The probability of a wrong answer by similarity, and how sure it is.

    Attributes:
        level: log-odds at ``centre``.
        slope: of the log-odds.
        level_variance: of the level.
        slope_variance: of the slope.
        covariance: of the two.
    """

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
        x = similarity - centre
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
    data = [
        (similarity - centre, count * (1 + 2 / total), wrong + count / total)
        for similarity, count, wrong in labels
        if count
    ]
    level, slope = _beginning(data), usual_slope
    for _ in range(_most_steps):
        level_slope, slope_slope, aa, ab, bb = _derivatives(data, level, slope)
        determinant = aa * bb - ab * ab
        by_level = (bb * level_slope - ab * slope_slope) / determinant
        by_slope = (aa * slope_slope - ab * level_slope) / determinant
        level += max(-_longest_step, min(_longest_step, by_level))
        slope += max(-_longest_step * 4, min(_longest_step * 4, by_slope))
        if abs(by_level) < 1e-4 and abs(by_slope) < 1e-3:
            break
    _, _, aa, ab, bb = _derivatives(data, level, slope)
    determinant = aa * bb - ab * ab
    return Curve(level, slope, bb / determinant, aa / determinant, -ab / determinant)


def _beginning(data: Sequence[tuple[float, float, float]]) -> float:
    """Return the level at which the usual slope gives the share of wrong labels there is.

    Far from it the curve is flat at 0 or 1, and Newton's steps lead nowhere.
    """
    count = sum(labels for _, labels, _ in data)
    if not count:
        return usual_level
    wrong = sum(labels for _, _, labels in data)
    middle = sum(x * labels for x, labels, _ in data) / count
    return log(wrong / (count - wrong)) - usual_slope * middle


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
