-- Count the authors with a segment in force twice, or with other than one primary segment.
WITH IN_FORCE AS (
    SELECT
        AUTHORID,
        COUNT(*) AS N_ROWS,
        COUNT(DISTINCT SEGMENT) AS N_SEGMENTS,
        SUM(IFF(IS_PRIMARY, 1, 0)) AS N_PRIMARY
    FROM AUTHOR_SEGMENT
    WHERE METHOD = :method AND VALID_TO IS NULL
    GROUP BY AUTHORID
)

SELECT COUNT(*) AS N_AUTHORS
FROM IN_FORCE
WHERE N_ROWS <> N_SEGMENTS OR N_PRIMARY <> 1
