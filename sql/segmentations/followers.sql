-- Today's rule: bands of followers, read from MART_AUTHORS, then from the segmentations. An author
-- without a count, or with rows that contradict each other, is in no band, never edgy.
SELECT
    AUTHORID,
    CASE
        WHEN NB_FOLLOWERS <= :trendy THEN 'mainstream'
        WHEN NB_FOLLOWERS <= :edgy THEN 'trendy'
        WHEN NB_FOLLOWERS > :edgy THEN 'edgy'
    END AS SEGMENT,
    TRUE AS IS_PRIMARY,
    CAST(1 AS DOUBLE) AS PROBABILITY
FROM (
    SELECT
        COALESCE(M.AUTHORID, S.AUTHORID) AS AUTHORID,
        COALESCE(M.NB_FOLLOWERS, S.NB_FOLLOWERS) AS NB_FOLLOWERS
    FROM (
        SELECT
            CAST(AUTHORID AS BIGINT) AS AUTHORID,
            CASE WHEN MIN(NB_FOLLOWERS) = MAX(NB_FOLLOWERS) THEN MIN(NB_FOLLOWERS) END
                AS NB_FOLLOWERS
        FROM MART_AUTHORS
        GROUP BY AUTHORID
    ) AS M
    FULL OUTER JOIN (
        SELECT
            CAST(AUTHORID AS BIGINT) AS AUTHORID,
            CASE WHEN MIN(NB_FOLLOWERS) = MAX(NB_FOLLOWERS) THEN MIN(NB_FOLLOWERS) END
                AS NB_FOLLOWERS
        FROM MART_AUTHORS_SEGMENTATIONS
        GROUP BY AUTHORID
    ) AS S ON M.AUTHORID = S.AUTHORID
) AS COUNTED
