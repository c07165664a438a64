"""The reference implementation of no-match detection, and other methods that it was compared with.

docs/decisions/0050-no-match.md explains it. The library's implementation (src/search/significance) must give the same
q-values: tools/golden/significance.py writes the values that its test reads. Needs NumPy.
"""
import numpy as np


class NullModel:
    """The distribution of similarities of queries with images that they are not about."""

    def __init__(self, background, sample, margin=1.0, standardize=True):
        """background (M, D): vectors of background texts; sample (S, D): vectors of the library."""
        self.sample, self.standardize = sample, standardize
        similarities = background @ sample.T
        spreads = similarities.std(1)
        self.scale = spreads.mean()
        z = self.scores(background, similarities)
        # An image that one text describes better than every other text, by a margin, is about that text.
        best = z.argmax(0)
        images = np.arange(z.shape[1])
        top = z[best, images].copy()
        z[best, images] = -np.inf
        second = z.max(0)
        unit = 1.0 if standardize else self.scale
        keep = top - second <= margin * unit
        z[best[keep], images[keep]] = top[keep]
        self.texts, self.rows, self.excluded = z.shape[0], z.shape[1], 1 - keep.mean()
        self.maxima = np.sort(z.max(1))
        self.pooled = np.sort(z[np.isfinite(z)])[-256 * self.texts:]
        # Exponential tails: of the maxima beyond their upper tenth, of all similarities beyond the value that half
        # a similarity of each text exceeds.
        count = max(self.texts // 10, 1)
        self.best_from, self.best_share = self.maxima[-count], count / self.texts
        self.best_mean = (self.maxima[-count:] - self.best_from).mean()
        count = self.texts // 2
        self.pool_from, self.pool_count = self.pooled[-count], count / self.texts
        self.pool_mean = (self.pooled[-count:] - self.pool_from).mean()

    def scores(self, queries, similarities):
        """Similarities (Q, anything) of `queries` on a scale that is common to all queries."""
        if not self.standardize:
            return similarities.astype(np.float64)
        own = queries @ self.sample.T
        mean, spread = own.mean(1, keepdims=True), own.std(1, keepdims=True)
        return (similarities - mean) / np.sqrt(spread * self.scale)

    def expected(self, score, rows):
        """The number of images, of `rows`, that reach the score by chance."""
        counts = (len(self.pooled) - np.searchsorted(self.pooled, score, "left")) / self.texts
        counts = np.where(score <= self.pooled[0], self.rows, counts)
        tail = self.pool_count * np.exp(-(score - self.pool_from) / self.pool_mean)
        return np.where(score > self.pool_from, tail, counts) * rows / self.rows

    def best_p(self, score, rows):
        """The probability that the best of `rows` images reaches the score by chance."""
        p = (1 + self.texts - np.searchsorted(self.maxima, score, "left")) / (self.texts + 1)
        tail = self.best_share * np.exp(-(score - self.best_from) / self.best_mean)
        return 1 - (1 - np.where(score > self.best_from, tail, p)) ** (rows / self.rows)

    def q_values(self, scores, rows):
        """q-values of a query's best scores, best first (Benjamini-Hochberg)."""
        ratios = self.expected(scores, rows) / np.arange(1, len(scores) + 1)
        adjusted = np.minimum.accumulate(ratios[::-1])[::-1]
        return np.minimum(np.maximum(adjusted, self.best_p(scores[0], rows)), 1)


# Other methods: objects with scores() and q_values(), made of the same vectors.

class OwnTail:
    """An exponential tail fitted to a query's own similarities, from its best 11 % to its best 1 %."""
    texts = 0

    def __init__(self, background, sample):
        self.sample = sample

    def scores(self, queries, similarities):
        own = np.sort(queries @ self.sample.T, 1)
        n = own.shape[1]
        body = own[:, int(0.89 * n):int(0.99 * n)]
        low = body[:, :1]
        excess = body - low
        # The mean of an exponential that is cut off at a survival of 1 / 11 is 1 - ln(11) / 10 of the whole mean.
        mean = excess.mean(1, keepdims=True) / (1 - np.log(11) / 10)
        return (similarities - low) / mean

    def q_values(self, scores, rows):
        expected = 0.11 * rows * np.exp(-scores)
        ratios = expected / np.arange(1, len(scores) + 1)
        return np.minimum(np.minimum.accumulate(ratios[::-1])[::-1], 1)


class ImageRank:
    """A conformal p-value for each image: the rank of the query among the background texts."""

    def __init__(self, background, sample):
        self.background = np.sort(background @ sample.T, 0)

    def scores(self, queries, similarities):
        out = np.empty(similarities.shape)
        for i in range(similarities.shape[1]):  # number of texts that are not better
            out[:, i] = np.searchsorted(self.background[:, i], similarities[:, i], "left")
        return out + 1e-6 * similarities

    def q_values(self, scores, rows):
        p = (1 + len(self.background) - np.floor(scores)) / (1 + len(self.background))
        ratios = p * rows / np.arange(1, len(scores) + 1)
        return np.minimum(np.minimum.accumulate(ratios[::-1])[::-1], 1)


class FlatCutoff:
    """A cosine above which every hit is a match."""

    def __init__(self, cutoff):
        self.cutoff = cutoff

    def scores(self, queries, similarities):
        return similarities.astype(np.float64)

    def q_values(self, scores, rows):
        return np.where(scores >= self.cutoff, 0.05, 1.0)


METHODS = {
    "shipped": NullModel,
    "no text left out": lambda b, s: NullModel(b, s, margin=np.inf),
    "best text left out (margin 0)": lambda b, s: NullModel(b, s, margin=0),
    "cosine, not standardized": lambda b, s: NullModel(b, s, standardize=False),
    "tail of the query's own similarities": OwnTail,
    "rank among texts for each image": ImageRank,
}
