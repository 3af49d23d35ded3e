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
WITH SHOWN AS (
    SELECT
        L.IMAGE_ID,
        T.TREND,
        T.N_LABELS,
        T.LABEL_NUMBER,
        CAST(L.POSITION_IN_IMAGE AS VARCHAR) AS BOX
    FROM MART_IMAGES_LABELS AS L
    INNER JOIN TREND_LABELS AS T ON L.TYPE = T.TYPE AND L.LABEL_NAME = T.LABEL_NAME
    WHERE T.N_LABELS > 1
),

BOXES AS (
    SELECT
        IMAGE_ID,
        TREND,
        MAX(IFF(BOX IS NOT NULL AND N_HERE = N_LABELS, 1, 0)) AS HAS_ITEM
    FROM (
        SELECT
            IMAGE_ID,
            TREND,
            N_LABELS,
            BOX,
            COUNT(DISTINCT LABEL_NUMBER) AS N_HERE
        FROM SHOWN
        GROUP BY IMAGE_ID, TREND, N_LABELS, BOX
    ) AS ITEMS
    GROUP BY IMAGE_ID, TREND
),

TOGETHER AS (
    SELECT
        IMAGE_ID,
        TREND
    FROM SHOWN
    GROUP BY IMAGE_ID, TREND, N_LABELS
    HAVING COUNT(DISTINCT LABEL_NUMBER) = N_LABELS
)

SELECT
    T.TREND,
    MOD(D.AUTHOR_INDEX, :blocks) AS BLOCK,
    COUNT(DISTINCT D.AUTHOR_INDEX) AS N_AUTHORS,
    COUNT(*) AS N_IMAGES,
    SUM(B.HAS_ITEM) AS N_ONE_ITEM
FROM TOGETHER AS T
INNER JOIN BOXES AS B ON T.IMAGE_ID = B.IMAGE_ID AND T.TREND = B.TREND
INNER JOIN DATED_IMAGES AS D ON T.IMAGE_ID = D.IMAGE_ID
GROUP BY T.TREND, BLOCK
ORDER BY T.TREND, BLOCK
