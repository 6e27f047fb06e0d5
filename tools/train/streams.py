# SPDX-License-Identifier: Apache-2.0
"""Random numbers of the data generators: equal bytes on every machine and with every version of numpy.

splitmix64 by counter: number i of a stream is a hash of (seed, stream, i), so a sample does not depend on how many
others were drawn before it. Everything the generators do with these numbers is +, -, *, / and sqrt of doubles, which
IEEE 754 rounds exactly; sin, exp and log are avoided because their last bit differs between libraries.
"""
import numpy as np

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def _mix(z):
    with np.errstate(over="ignore"):
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def _step(key, count):
    with np.errstate(over="ignore"):
        return np.array([key], np.uint64) + _GOLDEN * np.uint64(count)


class Stream:
    """A named stream: Stream(seed, "held-out", 17) always gives the same numbers."""

    def __init__(self, seed, *names):
        key = _mix(np.array([seed], np.uint64))
        for name in names:
            for byte in str(name).encode() + b"/":
                key = _mix(_step(key[0] ^ np.uint64(byte), 1))
        self._key = key[0]
        self._next = 1

    def uniform(self, *shape):
        """Doubles in [0, 1), multiples of 2^-53."""
        count = int(np.prod(shape, dtype=np.int64))
        with np.errstate(over="ignore"):
            index = np.arange(self._next, self._next + count, dtype=np.uint64)
            bits = _mix(self._key + _GOLDEN * index)
        self._next += count
        values = (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53
        return values.reshape(shape) if shape else float(values[0])

    def between(self, low, high, *shape):
        return low + (high - low) * self.uniform(*shape)

    def bell(self, *shape):
        """About normal, mean 0 and variance 1: the sum of twelve uniform numbers less 6."""
        total = self.uniform(*shape) - 6.0
        for _ in range(11):
            total = total + self.uniform(*shape)
        return total

    def integer(self, count):
        """0 .. count - 1."""
        return int(self.uniform() * count)


def rotation(slant):
    """(cos, sin) of the angle 2 atan(slant), from exact operations only."""
    scale = 1.0 + slant * slant
    return (1.0 - slant * slant) / scale, 2.0 * slant / scale
