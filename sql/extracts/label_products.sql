-- title = "Cross-products of labels by block of authors, where not all authors are drawn"
-- grain = "one row per block of authors and pair of labels; none where all authors are drawn"
-- [parameters]
-- pseudonym_key = "text: secret that orders the authors"
-- coreset = "integer: how many authors are drawn at most"
-- blocks = "integer: number of blocks of authors"
-- damping = "number: authors of n labels weigh (1 + damping) / (n + damping) per label"
-- fewest = "integer: labels of fewer authors do not span the axes"
-- [columns]
-- BLOCK = ["int16", "index", "AUTHOR_INDEX modulo the number of blocks"]
-- LABEL_A = ["int16", "index", "Place in label_vocabulary of a label that spans the axes"]
-- LABEL_B = ["int16", "index", "The same, a later one, or one that does not; -1 to -3: a band"]
-- PRODUCT = ["float64", "weighted labels", "Sum over authors of weight x count x count / total"]
WITH MEMBERS AS (
    SELECT
        AUTHOR_INDEX,
        BAND
    FROM AUTHORS
    WHERE N_ROWS_AUTHORS > 0 AND (SELECT COUNT(*) FROM PSEUDONYMS) > :coreset
),

COUNTED AS (
    SELECT
        M.AUTHOR_INDEX,
        V.MERGED_INDEX AS LABEL_INDEX,
        CAST(SUM(L.N_IMAGES_1 + L.N_IMAGES_2) AS DOUBLE) AS N
    FROM AUTHOR_LABELS AS L
    INNER JOIN MEMBERS AS M ON L.AUTHOR_INDEX = M.AUTHOR_INDEX
    INNER JOIN WORN_LABELS AS V ON L.LABEL_INDEX = V.LABEL_INDEX
    GROUP BY M.AUTHOR_INDEX, V.MERGED_INDEX
),

-- answers grow with the square of the labels: a map has no room for more than a thousand
SHOWN AS (
    SELECT
        LABEL_INDEX,
        COUNT(*) >= :fewest AS IS_ACTIVE
    FROM COUNTED
    GROUP BY LABEL_INDEX
    QUALIFY ROW_NUMBER() OVER (ORDER BY COUNT(*) DESC, LABEL_INDEX ASC) <= 1000
),

SIZED AS (
    SELECT
        C.AUTHOR_INDEX,
        C.LABEL_INDEX,
        C.N,
        S.IS_ACTIVE,
        SUM(IFF(S.IS_ACTIVE, C.N, 0)) OVER (PARTITION BY C.AUTHOR_INDEX) AS TOTAL,
        SUM(C.N) OVER (PARTITION BY C.AUTHOR_INDEX) AS TOTAL_OF_ALL
    FROM COUNTED AS C
    INNER JOIN SHOWN AS S ON C.LABEL_INDEX = S.LABEL_INDEX
),

-- a band is a label that its authors show as often as all others together: it lies at their centre
PLACED AS (
    SELECT
        AUTHOR_INDEX,
        LABEL_INDEX,
        N,
        IS_ACTIVE
    FROM SIZED
    UNION ALL
    SELECT DISTINCT
        S.AUTHOR_INDEX,
        CASE M.BAND WHEN 'mainstream' THEN -1 WHEN 'trendy' THEN -2 ELSE -3 END AS LABEL_INDEX,
        S.TOTAL_OF_ALL AS N,
        FALSE AS IS_ACTIVE
    FROM SIZED AS S
    INNER JOIN MEMBERS AS M ON S.AUTHOR_INDEX = M.AUTHOR_INDEX
    WHERE M.BAND <> 'unknown'
)

SELECT
    MOD(A.AUTHOR_INDEX, :blocks) AS BLOCK,
    A.LABEL_INDEX AS LABEL_A,
    B.LABEL_INDEX AS LABEL_B,
    -- in steps of 1e-12: whole numbers add up alike in any order
    CAST(
        SUM(
            CAST(
                ROUND(
                    1e12 * (1 + CAST(:damping AS DOUBLE)) / (A.TOTAL + CAST(:damping AS DOUBLE))
                    * A.N * B.N / A.TOTAL
                ) AS BIGINT
            )
        ) AS DOUBLE
    ) / 1e12 AS PRODUCT
FROM SIZED AS A
INNER JOIN PLACED AS B ON A.AUTHOR_INDEX = B.AUTHOR_INDEX
WHERE A.IS_ACTIVE AND (A.LABEL_INDEX <= B.LABEL_INDEX OR NOT B.IS_ACTIVE)
GROUP BY BLOCK, A.LABEL_INDEX, B.LABEL_INDEX
ORDER BY BLOCK, A.LABEL_INDEX, B.LABEL_INDEX
