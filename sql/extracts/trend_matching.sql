-- title = "Images with all labels of a trend anywhere, and those with all of them on one item"
-- grain = "one row per trend of several labels and block of authors"
-- [parameters]
-- pseudonym_key = "text: secret that orders the authors"
-- blocks = "integer: number of blocks of authors"
-- [columns]
-- TREND = ["string", "", "Name of the trend in data/trends.toml"]
-- BLOCK = ["int16", "index", "AUTHOR_INDEX modulo the number of blocks"]
-- N_AUTHORS = ["int32", "authors", "Authors of such images"]
-- N_IMAGES = ["int32", "images", "Images of an author that carry all labels of the trend"]
-- N_ONE_ITEM = ["int32", "images", "Those of them in which one box carries all labels"]
WITH COMBINATIONS AS (
    SELECT BITS FROM TREND_IMAGES
    UNION DISTINCT
    SELECT BITS FROM TREND_BOXES
),

-- few combinations of labels occur, so trends are looked up by combination
SHOWN AS (
    SELECT
        C.BITS,
        T.TREND
    FROM COMBINATIONS AS C
    INNER JOIN TRENDS AS T ON BITAND(C.BITS, T.BITS) = T.BITS
    WHERE T.N_LABELS > 1
),

TOGETHER AS (
    SELECT
        I.IMAGE_HASH,
        S.TREND
    FROM TREND_IMAGES AS I
    INNER JOIN SHOWN AS S ON I.BITS = S.BITS
),

ONE_ITEM AS (
    SELECT DISTINCT
        B.IMAGE_HASH,
        S.TREND
    FROM TREND_BOXES AS B
    INNER JOIN SHOWN AS S ON B.BITS = S.BITS
    WHERE B.BOX IS NOT NULL
)

SELECT
    T.TREND,
    MOD(I.AUTHOR_INDEX, :blocks) AS BLOCK,
    COUNT(DISTINCT I.AUTHOR_INDEX) AS N_AUTHORS,
    COUNT(*) AS N_IMAGES,
    COUNT(O.IMAGE_HASH) AS N_ONE_ITEM
FROM TOGETHER AS T
LEFT JOIN ONE_ITEM AS O ON T.IMAGE_HASH = O.IMAGE_HASH AND T.TREND = O.TREND
INNER JOIN AUTHOR_IMAGES AS I ON T.IMAGE_HASH = I.IMAGE_HASH
GROUP BY T.TREND, BLOCK
ORDER BY T.TREND, BLOCK
