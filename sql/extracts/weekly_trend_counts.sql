-- title = "Items of each trend by week, panel and block of authors"
-- grain = "one row per trend, week, band, flag and block in which an item of the trend was posted"
-- [parameters]
-- pseudonym_key = "text: secret that orders the authors"
-- blocks = "integer: number of blocks of authors"
-- same_box = "boolean: whether the labels of an item must share its box, or only its image"
-- [columns]
-- TREND = ["string", "", "Name of the trend in data/trends.toml"]
-- WEEK = ["date", "day", "Monday of the week"]
-- BAND = ["string", "", "mainstream, trendy, edgy or unknown"]
-- FLAG = ["bool?", "", "FASHION_INTEREST_SEGMENT; NULL without a segmentation row"]
-- BLOCK = ["int16", "index", "AUTHOR_INDEX modulo the number of blocks"]
-- N_ITEMS = ["int32", "items", "Boxes that carry all labels of the trend"]
-- N_IMAGES = ["int32", "images", "Distinct images of an author with such an item"]
-- N_AUTHORS = ["int32", "authors", "Authors of these images"]
SELECT
    T.TREND,
    D.WEEK,
    D.BAND,
    D.FLAG,
    MOD(D.AUTHOR_INDEX, :blocks) AS BLOCK,
    SUM(T.N_ITEMS) AS N_ITEMS,
    COUNT(*) AS N_IMAGES,
    COUNT(DISTINCT D.AUTHOR_INDEX) AS N_AUTHORS
FROM TREND_ITEMS AS T
INNER JOIN DATED_IMAGES AS D ON T.IMAGE_ID = D.IMAGE_ID
GROUP BY T.TREND, D.WEEK, D.BAND, D.FLAG, BLOCK
ORDER BY T.TREND, D.WEEK, D.BAND, D.FLAG NULLS LAST, BLOCK
