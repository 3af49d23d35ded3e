"""The truth that was planted in a sample: the one door to the schema ``truth``.

Only evaluation comes through here. A segmentation or a verdict that read the truth would judge
itself; nothing under ``analysis`` but evaluation imports this module, and a test says so.

The tables, by what they are the truth about:

========================== ======================================================================
``authors``                one row per author: ``authorid``; ``style``, ``second_style``,
                           ``weight`` of the first; ``drifts``, ``later_style``; ``forward``
                           (fashion-forwardness), ``leads`` (starts trends), ``flag`` (picked by
                           hand); ``segment`` of the audience at the end of the window and
                           ``segment_before`` at its start, ``growth`` between (log followers);
                           ``audience`` (standardised log followers, also where NULL); ``kind``
                           (person, shop, brand, ambassador); ``trait``, ``block``
``styles``                 ``style``, ``share``, ``audience_tilt``, ``named`` by a rule or not
``style_labels``           ``style``, ``type``, ``label_name``, ``log_lift``
``style_kinds``            ``style``, ``kind`` of shoe, ``share``, ``log_lift``
``tastes``                 ``type``, ``label_name``, ``audience_tilt`` beyond style
``detectors``              planted rates by ``type``, ``label_name``, ``segment``: ``recall``,
                           ``invented`` (relative to the mean segment), ``invented_share``
``detections_by_segment``  what came of them, in labelled ``images`` of a segment: ``found``,
                           ``invented``, ``there``; ``sensitivity`` = (found - invented) / there,
                           ``specificity`` = 1 - invented / (images - there)
``leads``                  planted movements: ``type``, ``label_name``, ``shape``, ``week``,
                           ``width``, ``height``, ``leaders``, ``lead_weeks``
``selection``              ``kind`` (style, segment), ``name``, ``factor``: how much likelier an
                           account enters the panel
``population_margins``     the population of the panel's zone: ``style``, ``segment``,
                           ``panel_authors``, ``inclusion``, ``population_share``,
                           ``panel_share``
``platform_users``         everybody on the platform: ``zone``, ``segment``, ``share`` of all
                           users, ``in_panel``: whether the panel covers the zone
``accounts``               kinds of accounts: ``name``, ``share``, ``audience`` (log-odds per
                           standard deviation), ``activity`` (rows against a person), ``bio``
                           (share of bios that say so), ``shop``, ``code``, ``sponsor`` (shares of
                           captions)
``duplicates``             ``what`` occurs more than once in which ``mart``, ``rows_beyond`` the
                           first
``sizes``                  what is one number each: ``name``, ``value``, ``unit``, ``meaning``
                           (growth of accounts, how the flag is given, weeks of lead ...)
``lexicon``                rules of the planted quality: ``style``, ``type``, ``label_name``,
                           ``right``
``exposures``              ``authorid``, ``images``, ``decorations``: images that could carry each
                           pattern and brand
``parameters``             ``name``, ``value`` of every parameter of the world
========================== ======================================================================
"""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score

from analysis.errors import SourceError
from analysis.warehouse.sample import styles
from analysis.warehouse.sample.bayes import Evidence, kind_evidence, posterior
from analysis.warehouse.sample.targets import SHOE, TYPES, labels
from analysis.warehouse.sample.worlds import World

TABLES = (
    "authors",
    "styles",
    "style_labels",
    "style_kinds",
    "detectors",
    "detections_by_segment",
    "tastes",
    "leads",
    "population_margins",
    "platform_users",
    "selection",
    "accounts",
    "duplicates",
    "sizes",
    "lexicon",
    "exposures",
    "parameters",
)


class Truth:
    """The planted truth of one sample file, read-only.

    Parameters
    ----------
    path : pathlib.Path
        File written by ``build_sample``.

    Raises
    ------
    SourceError
        The file holds no planted truth: it is not a sample.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._connection = duckdb.connect(str(path), read_only=True)
            self._build = self._connection.execute("from SAMPLE_BUILD").df().iloc[0]
            self._connection.execute("select 1 from truth.authors limit 1").fetchall()
        except duckdb.Error as error:
            raise SourceError(
                f"{path} holds no planted truth.", "Evaluation needs a sample: `study sample`."
            ) from error

    def __enter__(self) -> Truth:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give up the connection."""
        self._connection.close()

    @property
    def world(self) -> World:
        """The world that was planted."""
        return World(**json.loads(str(self._build["PARAMETERS"])))

    @property
    def seed(self) -> int:
        """The seed of the sample."""
        return int(self._build["SEED"])

    def table(self, name: str) -> pd.DataFrame:
        """Return one truth table.

        Parameters
        ----------
        name : str
            One of ``TABLES``; their columns are listed at the head of this module.
        """
        if name not in TABLES:
            raise ValueError(f"name must be one of {', '.join(TABLES)}, not {name!r}")
        return self._connection.execute(f"from truth.{name}").df()

    def styles(self) -> pd.DataFrame:
        """Return AUTHORID, dominant style, second style and weight of the dominant one."""
        return self.table("authors")[["authorid", "style", "second_style", "weight"]]

    def evidence(self, least: int = 20, *, objects: bool = False) -> tuple[pd.DataFrame, Evidence]:
        """Collect what the classifier of :mod:`analysis.warehouse.sample.bayes` may see.

        Parameters
        ----------
        least : int
            Authors of MART_AUTHORS with at least so many detections that are not objects, where
            a detection is a distinct (image, type, label).
        objects : bool
            Whether it sees objects too, but for the people in the picture.

        Returns
        -------
        (pandas.DataFrame, Evidence)
            Authors (authorid, style, detections) and their evidence, row by row.
        """
        table = labels()
        code = pd.DataFrame(
            {
                "type": np.array(TYPES)[table.types],
                "label_name": table.names,
                "code": np.arange(len(table.names)),
            }
        )
        run = self._connection
        run.register("codes", code)
        run.execute(
            """create or replace temp table described as
            select p.AUTHORID authorid, hash(l.IMAGE_ID) image, c.code
            from (select distinct IMAGE_ID, TYPE, LABEL_NAME from MART_IMAGES_LABELS
                  where TYPE <> 'object_detection') l
            join codes c on c.type = l.TYPE and c.label_name = l.LABEL_NAME
            join (select distinct IMAGE_ID, AUTHORID from MART_IMAGES_OF_POSTS) p
                using (IMAGE_ID)"""
        )
        authors = run.execute(
            """select a.*, e.decorations, n.detections
            from truth.authors a join truth.exposures e using (authorid)
            join (select authorid, count(*) detections from described group by 1) n
                using (authorid)
            where n.detections >= ? and authorid in (select AUTHORID from MART_AUTHORS)
            order by authorid""",
            [least],
        ).df()
        place = pd.DataFrame({"authorid": authors["authorid"], "place": np.arange(len(authors))})
        run.register("places", place)
        counts = np.zeros((len(authors), len(table.names)))
        tally = run.execute(
            "select place, code, count(*) n from described join places using (authorid) "
            "group by 1, 2"
        ).fetchnumpy()
        counts[tally["place"], tally["code"]] = tally["n"]
        if objects:
            tally = run.execute(
                """select place, code, count(*) n
                from (select distinct IMAGE_ID, LABEL_NAME from MART_IMAGES_LABELS
                      where TYPE = 'object_detection'
                        and LABEL_NAME not in ('human', 'humanface', 'body')) l
                join codes c on c.type = 'object_detection' and c.label_name = l.LABEL_NAME
                join (select distinct IMAGE_ID, AUTHORID from MART_IMAGES_OF_POSTS) p
                    using (IMAGE_ID)
                join places on places.authorid = p.AUTHORID
                group by 1, 2"""
            ).fetchnumpy()
            counts[tally["place"], tally["code"]] = tally["n"]
        shoes = run.execute(
            "select place, dense_rank() over (order by place, image) - 1 image, code "
            "from described join places using (authorid) where code between ? and ?",
            [int(table.of(SHOE)[0]), int(table.of(SHOE)[-1])],
        ).fetchnumpy()
        image = np.asarray(shoes["image"], dtype=np.int64)
        owner = np.zeros(int(image.max(initial=-1)) + 1, dtype=np.int64)
        owner[image] = shoes["place"]
        seen = Evidence(
            counts=counts,
            owner=owner,
            kinds=kind_evidence(image, np.asarray(shoes["code"], dtype=np.int64), owner.size),
            exposure=np.stack(authors["decorations"].to_list()).astype(np.float64),
            audience=authors["audience"].to_numpy(dtype=np.float64),
        )
        return authors[["authorid", "style", "detections"]], seen

    def bayes_styles(self, least: int = 20, *, objects: bool = False) -> pd.DataFrame:
        """Classify authors with the true parameters: the ceiling for every method.

        Parameters
        ----------
        least, objects
            See :meth:`evidence`: a method that reads objects is held against a ceiling that
            does.

        Returns
        -------
        pandas.DataFrame
            authorid, style (planted), decided, probability, detections.
        """
        authors, seen = self.evidence(least, objects=objects)
        chances = posterior(seen, self.world)
        best = chances.argmax(axis=1)
        return authors.assign(
            decided=np.array(styles.STYLES)[best], probability=chances.max(axis=1)
        )

    def bayes_agreement(self, least: int = 20) -> float:
        """Return the adjusted Rand index of :meth:`bayes_styles` with the dominant style.

        The unit is the author; authors have at least ``least`` distinct non-object detections.
        """
        decided = self.bayes_styles(least)
        return float(adjusted_rand_score(decided["style"], decided["decided"]))
