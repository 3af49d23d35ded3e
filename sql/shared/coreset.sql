-- Authors drawn for what is computed author by author: all of them up to :coreset, else that many.
-- Every N-th author is drawn along the order of membership, band and activity, so that each stratum
-- is represented in proportion and every author drawn stands for as many others.
WITH ACTIVE AS (
    SELECT
        AUTHOR_INDEX,
        FLOOR(LN(1 + SUM(N_DETECTIONS))) AS ACTIVITY
    FROM AUTHOR_IMAGES
    GROUP BY AUTHOR_INDEX
),

ORDERED AS (
    SELECT
        A.AUTHOR_INDEX,
        ROW_NUMBER() OVER (
            ORDER BY
                IFF(A.N_ROWS_AUTHORS > 0, 0, 1), A.BAND, COALESCE(S.ACTIVITY, -1), A.AUTHOR_INDEX
        ) AS PLACE,
        COUNT(*) OVER () AS N_AUTHORS
    FROM AUTHORS AS A
    LEFT JOIN ACTIVE AS S ON A.AUTHOR_INDEX = S.AUTHOR_INDEX
)

SELECT AUTHOR_INDEX
FROM ORDERED
WHERE N_AUTHORS <= :coreset OR MOD(PLACE * :coreset, N_AUTHORS) < :coreset
