"""Random streams that depend on a seed and a name, and on nothing else.

Every stage that draws random numbers names its own stream, so that adding a
stage, running stages in another order or using more workers leaves the numbers
of all others as they were.
"""

from __future__ import annotations

import hashlib

import numpy as np


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """Return the generator that belongs to ``seed`` and ``names``.

    Parameters
    ----------
    seed : int
        The seed of the whole run, not negative.
    *names : str or int
        What the stream is for, from coarse to fine: stage, block, replicate.

    Returns
    -------
    numpy.random.Generator
        PCG64DXSM seeded by ``SeedSequence([seed, *sha256(names)])``.
    """
    digest = hashlib.sha256("/".join(str(name) for name in names).encode()).digest()
    words = np.frombuffer(digest, dtype="<u4").tolist()
    return np.random.Generator(np.random.PCG64DXSM(np.random.SeedSequence([seed, *words])))
