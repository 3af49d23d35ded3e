-- title = "Cross-products of labels by block of authors: all that correspondence analysis needs"
-- grain = "one row per block of authors and pair of labels, each pair once"
-- [parameters]
-- pseudonym_key = "text: secret that orders the authors"
-- blocks = "integer: number of blocks of authors"
-- damping = "number: authors of n labelled images weigh (1 + damping) / (n + damping) per image"
-- [columns]
-- BLOCK = ["int16", "index", "AUTHOR_INDEX modulo the number of blocks"]
-- LABEL_A = ["int16", "index", "Place of a label in label_vocabulary"]
-- LABEL_B = ["int16", "index", "Place of another, or the same; never before LABEL_A"]
-- PRODUCT = ["float64", "weighted images", "Sum over authors of weight x count x count / total"]
WITH COUNTED AS (
    SELECT
        A.AUTHOR_INDEX,
        V.LABEL_INDEX,
        CAST(COUNT(*) AS DOUBLE) AS N
    FROM DETECTED AS D
    INNER JOIN AUTHOR_IMAGES AS I ON D.IMAGE_HASH = I.IMAGE_HASH
    INNER JOIN AUTHORS AS A ON I.AUTHORID = A.AUTHORID AND A.N_ROWS_AUTHORS > 0
    INNER JOIN LABELS AS V ON D.WORD = V.WORD AND BITAND(D.BITS, V.LABEL_BIT) = V.LABEL_BIT
    GROUP BY A.AUTHOR_INDEX, V.LABEL_INDEX
),

SIZED AS (
    SELECT
        AUTHOR_INDEX,
        LABEL_INDEX,
        N,
        SUM(N) OVER (PARTITION BY AUTHOR_INDEX) AS TOTAL
    FROM COUNTED
)

SELECT
    MOD(A.AUTHOR_INDEX, :blocks) AS BLOCK,
    A.LABEL_INDEX AS LABEL_A,
    B.LABEL_INDEX AS LABEL_B,
    SUM(
        (1 + CAST(:damping AS DOUBLE)) / (A.TOTAL + CAST(:damping AS DOUBLE)) * A.N * B.N / A.TOTAL
    ) AS PRODUCT
FROM SIZED AS A
INNER JOIN SIZED AS B ON A.AUTHOR_INDEX = B.AUTHOR_INDEX AND A.LABEL_INDEX <= B.LABEL_INDEX
GROUP BY BLOCK, A.LABEL_INDEX, B.LABEL_INDEX
ORDER BY BLOCK, A.LABEL_INDEX, B.LABEL_INDEX
