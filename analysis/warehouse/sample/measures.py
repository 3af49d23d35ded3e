"""What the four marts of a sample say, under the names of the published figures."""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.ndimage import gaussian_filter1d

from analysis.warehouse.sample.targets import TYPES, histogram

Floats = npt.NDArray[np.float64]

BANDS = ("mainstream", "trendy", "edgy")

_BAND = (
    "case when {0} is null then 'null' when {0} <= 12000 then 'mainstream' "
    "when {0} <= 40000 then 'trendy' else 'edgy' end"
)
# Rows keep their order in a DuckDB file, so the first of the repeated rows is well defined.
_VIEWS = f"""
create temp table firsts as
    select AUTHORID, NB_FOLLOWERS, NB_FOLLOWS, AUTHORID < 10000 as repeated
    from MART_AUTHORS qualify row_number() over (partition by AUTHORID order by rowid) = 1;
create temp table people as
    select s.AUTHORID, s.FASHION_INTEREST_SEGMENT flag, f.AUTHORID is not null in_mart,
        coalesce(f.repeated, false) repeated, f.NB_FOLLOWERS mart, s.NB_FOLLOWERS::double seg,
        f.NB_FOLLOWS follows, {_BAND.format("f.NB_FOLLOWERS")} band,
        {_BAND.format("s.NB_FOLLOWERS")} seg_band,
        {_BAND.format("coalesce(f.NB_FOLLOWERS, s.NB_FOLLOWERS)")} filled
    from MART_AUTHORS_SEGMENTATIONS s left join firsts f using (AUTHORID);
create temp table posts as
    select AUTHORID, hash(POST_ID) post, hash(IMAGE_ID) image, NB_LIKES likes,
        COMMENT_COUNT comments, POST_PUBLICATION_DATE stamp
    from MART_IMAGES_OF_POSTS;
create temp table writers as
    select AUTHORID, count(*) n, count(distinct post) posts, avg(likes) likes,
        avg(comments) comments, var_pop(likes) var_likes, var_pop(comments) var_comments
    from posts group by 1;
create temp table pairs as
    select hash(IMAGE_ID) image, TYPE::enum_types as type, LABEL_NAME::enum_names as label,
        count(*)::int as n
    from MART_IMAGES_LABELS group by all;
create temp table detected as select image, sum(n)::bigint n from pairs group by 1;
create temp table owners as
    select distinct image, AUTHORID, date_trunc('month', stamp) as month from posts
    where image in (select image from pairs);
"""

# The objects of the published list of fashion labels; it misspells two more, coat and earring.
_LISTED = (
    "'top', 'shoes', 'pants', 'wristlet', 'eyewear', 'hat', 'bag', 'dress', 'shorts', 'neckwear', "
    "'belt', 'skirt', 'socks', 'bra', 'combi', 'underpants'"
)


def measure(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Return every figure that this module knows how to measure, by its id."""
    types = ", ".join(f"'{name}'" for name in TYPES)
    connection.execute("set threads = 2")
    connection.execute("set memory_limit = '2500MB'")
    connection.execute(f"create temp type enum_types as enum ({types})")
    connection.execute(
        "create temp type enum_names as enum (select distinct LABEL_NAME from MART_IMAGES_LABELS)"
    )
    connection.execute(_VIEWS)
    found: dict[str, Any] = {}
    for part in (_tables, _bands, _labels, _authors_of_labels, _seasons, _audience, _time):
        found.update(part(connection))
    found.update(_engagement(connection))
    found.update(_writers(connection))
    return found


def _rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return connection.execute(sql).fetchall()


def _named(connection: duckdb.DuckDBPyConnection, queries: dict[str, str]) -> dict[str, Any]:
    return {name: _rows(connection, f"select {sql}")[0][0] for name, sql in queries.items()}


def _tables(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    labelled = "(select distinct AUTHORID from owners)"
    return _named(
        connection,
        {
            "n.authors.rows": "count(*) from MART_AUTHORS",
            "n.authors.distinct": "count(*) from firsts",
            "n.authors.dup_rows": "count(*) - count(distinct AUTHORID) from MART_AUTHORS",
            "n.authors.null_followers_dedup": "count(*) from firsts where NB_FOLLOWERS is null",
            "n.authors.null_follows_dedup": "count(*) from firsts where NB_FOLLOWS is null",
            "n.authors.null_followers_raw": "count(*) - count(NB_FOLLOWERS) from MART_AUTHORS",
            "n.authors.null_follows_raw": "count(*) - count(NB_FOLLOWS) from MART_AUTHORS",
            "n.seg.rows": "count(distinct AUTHORID) from MART_AUTHORS_SEGMENTATIONS",
            "n.seg.null_followers": "count(*) - count(seg) from people",
            "n.seg.nonnull_followers": "count(seg) from people",
            "n.seg.nonint_followers": "count(*) from people where seg <> floor(seg)",
            "n.seg.fashion_true": "count(*) from people where flag",
            "n.authors_in_seg": "count(*) from MART_AUTHORS join MART_AUTHORS_SEGMENTATIONS "
            "using (AUTHORID)",
            "n.seg_only": "count(*) from people where not in_mart",
            "n.authors.null_both": "count(*) from people where in_mart and filled = 'null'",
            "n.authors.null_filled": "count(*) from people where in_mart and not repeated "
            "and mart is null and seg is not null",
            "n.authors.clean": "count(*) from people where in_mart and not repeated "
            "and filled <> 'null'",
            "n.labels.rows": "count(*) from MART_IMAGES_LABELS",
            "n.labels.dedup": "count(*) from pairs",
            "n.labels.images": "count(distinct image) from pairs",
            "n.labels.image_types": "count(*) from (select distinct image, type from pairs)",
            "n.posts.rows": "count(*) from posts",
            "n.posts.authors": "count(*) from writers",
            "n.posts.distinct_posts": "count(distinct post) from posts",
            "n.posts.images_per_post": "count(*) / count(distinct post) from posts",
            "n.posts.rows_per_author": "avg(n) from writers",
            "n.authors_with_posts": "count(*) from people join writers using (AUTHORID) "
            "where in_mart",
            "n.authors_without_posts": "count(*) from people anti join writers using (AUTHORID) "
            "where in_mart",
            "n.posts_authors_outside_mart": "count(*) from writers anti join firsts "
            "using (AUTHORID)",
            "n.authors_with_labels": f"count(*) from {labelled} join firsts using (AUTHORID)",
            "n.authors_posts_nolabels": "count(*) from writers join firsts using (AUTHORID) "
            f"anti join {labelled} using (AUTHORID)",
            "n.authors_enriched": "count(distinct AUTHORID) from pairs join owners using (image) "
            "join people using (AUTHORID) where in_mart and filled <> 'null' "
            f"and (type <> 'object_detection' or label in ({_LISTED}))",
            "n.labels_rows_mart": "sum(n) from posts join detected using (image) "
            "join firsts using (AUTHORID)",
            "n.labelled_share": "(select count(distinct image) from pairs) / count(*) from posts",
        },
    )


def _bands(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def spread(name: str, sql: str, merge: bool = False) -> None:
        counts = dict(_rows(connection, sql))
        found.update({f"{name}.{band}": count for band, count in counts.items()})
        if merge:
            found[f"{name}.edgy_or_null"] = counts.get("edgy", 0) + counts.get("null", 0)

    raw = _BAND.format("NB_FOLLOWERS")
    spread("tier.mart.raw", f"select {raw}, count(*) from MART_AUTHORS group by 1", merge=True)
    spread(
        "tier.mart.filled",
        f"select {_BAND.format('coalesce(a.NB_FOLLOWERS, s.NB_FOLLOWERS)')}, count(*) "
        "from MART_AUTHORS a left join MART_AUTHORS_SEGMENTATIONS s using (AUTHORID) group by 1",
    )
    spread(
        "tier.mart.filled_clean",
        "select filled, count(*) from people where in_mart and not repeated group by 1",
    )
    spread("tier.seg", "select seg_band, count(*) from people group by 1")
    inside = "from people join writers using (AUTHORID) where in_mart group by 1"
    spread("tier.posts", f"select band, count(*) {inside}", merge=True)
    # Label rows are published joined to the posts: an image in two posts counts twice.
    with_labels = "from posts join people using (AUTHORID) join detected using (image)"
    inside = f"{with_labels} where in_mart group by 1"
    spread("tier.labels", f"select band, count(distinct AUTHORID) {inside}", merge=True)
    spread("tier.label_rows", f"select band, sum(n)::bigint {inside}", merge=True)
    flagged = "from people where flag and in_mart group by 1"
    spread("flag.by_tier.raw", f"select band, count(*) {flagged}", merge=True)
    spread("flag.by_tier.filled", f"select filled, count(*) {flagged}")
    spread(
        "tier.mart.mean_followers",
        f"select {raw}, avg(NB_FOLLOWERS) from MART_AUTHORS where NB_FOLLOWERS >= 0 group by 1",
    )
    for figure, aggregate in (
        ("mean", "avg"),
        ("std", "stddev_samp"),
        ("min", "min"),
        ("max", "max"),
    ):
        spread(f"tier.seg.{figure}", f"select seg_band, {aggregate}(seg) from people group by 1")
    return found


def _labels(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    found: dict[str, Any] = {}
    images = _rows(connection, "select count(distinct image) from pairs")[0][0]
    for kind, count in _rows(
        connection, "select type::varchar, count(distinct image) from pairs group by 1"
    ):
        found[f"labels.type.images.{kind}"] = count
        found[f"labels.type.share.{kind}"] = count / images
    for kind, name, count in _rows(
        connection, "select type::varchar, label::varchar, count(*) from pairs group by 1, 2"
    ):
        found[f"label.images.{kind}.{name}"] = count
    vocabulary = [name.split(".")[2:] for name in found if name.startswith("label.images.")]
    for kind in TYPES:
        found[f"labels.vocab.{kind}"] = sum(entry[0] == kind for entry in vocabulary)
    found["labels.vocab.pairs"] = len(vocabulary)
    found["labels.vocab.names"] = len({entry[1] for entry in vocabulary})
    pairs, rows, kinds = _rows(
        connection,
        "select count(*), sum(n), (select count(*) from (select distinct image, type from pairs)) "
        "from pairs",
    )[0]
    found["labels.types_per_image.mean"] = kinds / images
    found["labels.per_image.mean_dedup"] = pairs / images
    found["labels.per_image.mean_raw"] = int(rows) / images
    found["labels.dup_ratio"] = int(rows) / pairs
    return found


def _authors_of_labels(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for kind, name, band, count in _rows(
        connection,
        "select type::varchar, label::varchar, case when in_mart then filled else 'null' end, "
        "count(distinct AUTHORID) from pairs join owners using (image) "
        "join people using (AUTHORID) where type in ('pattern', 'shoe_brand') group by all",
    ):
        band = "other" if band == "null" else band
        found[f"label.tiers.{kind}.{name}.{band}"] = count
        total = f"label.authors.{kind}.{name}"
        found[total] = found.get(total, 0) + count
    for total in [name for name in found if name.startswith("label.authors.")]:
        for band in (*BANDS, "other"):
            found.setdefault(total.replace("authors", "tiers", 1) + f".{band}", 0)
    return found


def _seasons(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    monthly = connection.execute(
        "select label::varchar as label, month, count(*) n from pairs "
        "join owners using (image) where type = 'pattern' group by all"
    ).df()
    table = monthly.pivot_table(index="month", columns="label", values="n", fill_value=0)
    low, high = table.min(), table.max()
    share = (table - low) / (high - low)
    winter = share.loc["2023-11":"2024-01"].mean()
    summer = share.loc["2023-06":"2023-08"].mean()
    return {f"label.season.{name}": float(v) for name, v in (winter - summer).items()}


def _quantiles(name: str, values: Floats, levels: dict[str, float]) -> dict[str, Any]:
    return {f"{name}.{q}": float(np.quantile(values, level)) for q, level in levels.items()}


def _moments(name: str, values: Floats) -> dict[str, Any]:
    z = (values - values.mean()) / values.std()
    return {
        f"{name}.mean": float(values.mean()),
        f"{name}.sd": float(values.std(ddof=1)),
        f"{name}.skew": float((z**3).mean()),
        f"{name}.kurtosis": float((z**4).mean()),
    }


def _distance(name: str, values: Floats) -> dict[str, Any]:
    """Return the total variation distance to a published histogram."""
    edges, counts = histogram(name)
    mine, _ = np.histogram(np.clip(values, edges[0], edges[-1]), bins=edges)
    return {name: float(np.abs(mine / mine.sum() - counts / counts.sum()).sum() / 2)}


def _of_density(name: str, values: Floats, levels: dict[str, float]) -> dict[str, Any]:
    """Return mean, standard deviation and quantiles of a kernel density estimate.

    What is published was read off such a curve. Kernel and width are the usual ones (Gaussian,
    Scott 1992, doi:10.1002/9780470316849), and what the kernel throws below zero counts as zero.
    """
    step = 0.005
    width = max(float(values.std()) * values.size**-0.2, step)
    edges = np.arange(-6.0 * width, values.max() + 6.0 * width, step)
    bars = np.histogram(values, bins=edges)[0].astype(np.float64)
    curve = gaussian_filter1d(bars, width / step, mode="constant")
    curve /= curve.sum()
    at = np.maximum((edges[1:] + edges[:-1]) / 2, 0.0)
    mean = float(curve @ at)
    below = np.cumsum(curve)
    return {
        f"{name}.mean": mean,
        f"{name}.sd": float(np.sqrt(curve @ (at - mean) ** 2)),
    } | {f"{name}.{q}": float(np.interp(level, below, at)) for q, level in levels.items()}


_TEN = {
    "p1": 0.01,
    "p5": 0.05,
    "p10": 0.1,
    "p25": 0.25,
    "p50": 0.5,
    "p75": 0.75,
    "p90": 0.9,
    "p95": 0.95,
    "p99": 0.99,
    "p99_9": 0.999,
}


def _audience(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    people = connection.execute(
        "select mart::double mart, seg, follows::double follows, flag, in_mart, seg_band, "
        "coalesce(mart, seg)::double filled from people"
    ).df()
    found: dict[str, Any] = {}
    inside = people.loc[people["in_mart"], "mart"].dropna().to_numpy()
    everybody = people["seg"].dropna().to_numpy()
    flagged = people.loc[people["flag"], "filled"].dropna().to_numpy()
    follows = people["follows"].dropna().to_numpy()
    for name, values in (("followers.mart", inside), ("followers.seg", everybody)):
        found |= _quantiles(f"{name}.quantiles", values, _TEN)
        found |= _moments(f"{name}.moments", np.log1p(values))
        found |= _distance(f"{name}.hist", np.log1p(values))
    levels = {name: _TEN[name] for name in ("p10", "p25", "p50", "p75", "p90")}
    found |= _quantiles("flag.followers.quantiles", flagged, levels)
    found |= _moments("flag.followers.moments", np.log1p(flagged))
    found |= _quantiles("follows.quantiles", follows, _TEN)
    found |= _distance("follows.hist", follows)
    found["followers.max"] = float(everybody.max())
    for band in BANDS:
        values = people.loc[people["seg_band"] == band, "seg"].to_numpy()
        quartiles = {"q1": 0.25, "median": 0.5, "q3": 0.75}
        found |= _quantiles(f"followers.seg.box.{band}", values, quartiles)
    return found


def _time(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    found: dict[str, Any] = {
        f"posts.by_month.{month}": count
        for month, count in _rows(
            connection,
            "select strftime(stamp, '%Y-%m'), count(distinct post) from posts group by 1",
        )
    }
    names = ("min", "max", "mean", "q25", "q50", "q75")
    values = _rows(
        connection,
        "select min(stamp), max(stamp), to_timestamp(avg(epoch(stamp)))::timestamp, "
        "quantile_disc(stamp, 0.25), quantile_disc(stamp, 0.5), quantile_disc(stamp, 0.75) "
        "from posts",
    )[0]
    for name, value in zip(names, values, strict=True):
        found[f"posts.date.{name}"] = str(pd.Timestamp(value).tz_localize(None).floor("s"))
    shares = dict(
        _rows(
            connection,
            "select seg_band, count(*) from posts join people using (AUTHORID) "
            "where seg_band <> 'null' group by 1",
        )
    )
    total = sum(shares.values())
    for band, count in shares.items():
        found[f"posts.rows_by_tier.share.{band}"] = count / total
    for band, mean in _rows(
        connection,
        "select seg_band, avg(posts) from writers join people using (AUTHORID) group by 1",
    ):
        found[f"posts.per_author.tier.{band}"] = mean
    found["posts.collab_authors"] = _rows(
        connection,
        """select count(*) from (
            select AUTHORID from MART_IMAGES_OF_POSTS
            where hash(IMAGE_ID) in (select image from owners)
              and AUTHORID in (select AUTHORID from MART_AUTHORS)
            group by 1
            having avg((POST_CAPTION ilike '%sponsor%'
                        or POST_CAPTION ilike '%commercial partner%')::int) >= 0.95)""",
    )[0][0]
    return found


def _engagement(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    found: dict[str, Any] = {}
    rows = connection.execute("select likes, comments from posts").fetchnumpy()
    likes, comments = np.asarray(rows["likes"]), np.asarray(rows["comments"])
    words = ("zero", "one", "two", "three", "four")
    for name, values in (("likes", likes), ("comments", comments)):
        counts = np.bincount(np.minimum(values, 10), minlength=11)
        for number, word in enumerate(words):
            found[f"{name}.{word}"] = int(counts[number])
        found[f"{name}.max"] = int(values.max())
        found |= _distance(f"{name}.hist", np.log1p(values))
    found["likes.five_six"] = int(((likes == 5) | (likes == 6)).sum())
    levels = {name: _TEN[name] for name in ("p50", "p75", "p90", "p95", "p99")}
    found |= _quantiles("likes.quantiles", likes.astype(np.float64), levels)
    for column in ("likes", "comments"):
        for band, mean, median, std in _rows(
            connection,
            f"select seg_band, avg({column}), median({column}), stddev_samp({column}) "
            "from posts join people using (AUTHORID) group by 1",
        ):
            stem = f"posts.{column}.tier.{band}"
            found |= {f"{stem}.mean": mean, f"{stem}.median": median, f"{stem}.std": std}
    for base, rate in (
        ("seg", "case when seg > 0 then likes / seg else 0 end"),
        ("mart", "case when mart > 0 then likes / mart end"),
    ):
        for band, mean, median, std, most in _rows(
            connection,
            f"select {'seg_band' if base == 'seg' else 'band'}, avg(r), median(r), "
            "stddev_samp(r), max(r) "
            f"from (select *, {rate} r from posts join people using (AUTHORID)) group by 1",
        ):
            stem = f"posts.er.tier.{base}.{band}"
            found |= {f"{stem}.mean": mean, f"{stem}.median": median, f"{stem}.std": std}
            if base == "seg":
                found[f"posts.er.max.{band}"] = most
    for band, mean in _rows(
        connection,
        "select seg_band, avg(likes / seg) from writers join people using (AUTHORID) "
        "where seg > 0 group by 1",
    ):
        found[f"posts.er.author_level.{band}"] = mean
    return found


def _writers(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    found: dict[str, Any] = {}
    writers = connection.execute(
        "select w.*, in_mart, not repeated and in_mart and filled <> 'null' as clean, "
        "coalesce(mart, seg)::double followers, follows::double follows, flag "
        "from writers w join people using (AUTHORID)"
    ).df()
    levels = {name: _TEN[name] for name in _TEN if name != "p1" and name != "p99_9"}
    for figure, column in (
        ("avg_likes", "likes"),
        ("avg_comments", "comments"),
        ("var_likes", "var_likes"),
        ("var_comments", "var_comments"),
    ):
        values = np.log1p(writers[column].to_numpy(dtype=np.float64))
        found |= _of_density(f"author.ln1p_{figure}", values, levels)
    clean = writers.loc[writers["clean"]]
    logs = {
        "followers": np.log1p(clean["followers"].to_numpy(dtype=np.float64)),
        "likes": np.log1p(clean["likes"].to_numpy(dtype=np.float64)),
        "comments": np.log1p(clean["comments"].to_numpy(dtype=np.float64)),
        "posts": np.log1p(clean["posts"].to_numpy(dtype=np.float64)),
        "flag": clean["flag"].to_numpy(dtype=np.float64),
    }
    for one, other in (
        ("followers", "likes"),
        ("followers", "comments"),
        ("likes", "comments"),
        ("followers", "posts"),
        ("flag", "followers"),
    ):
        found[f"correlation.{one}.{other}"] = float(np.corrcoef(logs[one], logs[other])[0, 1])
    known = clean["follows"].notna().to_numpy()
    follows = clean["follows"].to_numpy(dtype=np.float64)[known]
    found["follows.vs_followers"] = float(np.corrcoef(follows, logs["followers"][known])[0, 1])
    return found
