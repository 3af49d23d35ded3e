"""Which approach: all families of segmentation, built, compared and judged on the source."""

from __future__ import annotations

from analysis.findings.approach.families import families
from analysis.findings.approach.flagged import flag
from analysis.findings.approach.gating import by_chance, gates
from analysis.findings.approach.hybrid import FITTED, segments
from analysis.findings.approach.methods import compared, foretold
from analysis.findings.approach.planted import TRUTH, recovered
from analysis.findings.approach.ranking import ranked
from analysis.findings.approach.worlds import charted
from analysis.findings.step import Step
from analysis.findings.wardrobe import NEEDS

STEPS = (
    Step("approach.gates", "Is there anything to segment", gates, NEEDS),
    Step("approach.chance", "Every method against chance", by_chance, NEEDS, deep=True),
    Step("approach.segments", "The hybrid segmentation", segments, (FITTED, *NEEDS)),
    Step("approach.compared", "All methods side by side", compared, NEEDS, deep=True),
    Step("approach.foretold", "Labels foretold by segments", foretold, NEEDS, deep=True),
    Step("approach.flag", "Learning the fashion flag", flag, NEEDS, deep=True),
    Step("approach.charted", "Which method wins where", charted, NEEDS, deep=True),
    Step(
        "approach.ranked",
        "Ranking of methods under all weights",
        ranked,
        ("approach.compared", "approach.foretold"),
    ),
    Step(
        "approach.families",
        "Advantages and limits of the families",
        families,
        ("approach.compared", "approach.foretold"),
    ),
)
"""Steps on any source; :data:`RECOVERY` is added where the source is a sample."""
RECOVERY = Step(
    "approach.recovered",
    "Recovery of planted styles",
    recovered,
    (TRUTH, "approach.compared", *NEEDS),
    deep=True,
)
