-- Compare SCORED, what the scoring query says, with IN_FORCE. A probability that moved by no more
-- than :tolerance opens no new row: a refreshed model would else rewrite every author.
WITH ASSIGNED AS (
    SELECT
        AUTHORID,
        SEGMENT,
        IS_PRIMARY,
        PROBABILITY
    FROM SCORED
    WHERE SEGMENT IS NOT NULL
)

SELECT
    COALESCE(S.AUTHORID, C.AUTHORID) AS AUTHORID,
    :method AS METHOD,
    :version AS METHOD_VERSION,
    COALESCE(S.SEGMENT, C.SEGMENT) AS SEGMENT,
    S.IS_PRIMARY,
    S.PROBABILITY,
    CAST(:now AS TIMESTAMP_NTZ) AS CHANGED_AT,
    CASE
        WHEN C.SEGMENT IS NULL THEN 'opened'
        WHEN S.SEGMENT IS NULL THEN 'closed'
        WHEN
            C.METHOD_VERSION = :version
            AND C.IS_PRIMARY = S.IS_PRIMARY
            AND COALESCE(
                ABS(C.PROBABILITY - S.PROBABILITY) <= :tolerance,
                C.PROBABILITY IS NULL AND S.PROBABILITY IS NULL
            )
            THEN 'kept'
        ELSE 'changed'
    END AS CHANGE
FROM ASSIGNED AS S
FULL OUTER JOIN IN_FORCE AS C ON S.AUTHORID = C.AUTHORID AND S.SEGMENT = C.SEGMENT
