-- title = "Items of each trend by week, panel and block of authors"
-- grain = "one row per trend, week, band, flag and block in which an item of the trend was posted"
-- [parameters]
-- pseudonym_key = "text: secret that orders the authors"
-- blocks = "integer: number of blocks of authors"
-- same_box = "boolean: whether the labels of an item must share its box, or only its image"
-- [columns]
-- TREND_INDEX = ["int16", "index", "Place of the trend in data/trends.toml, from 0"]
-- WEEK_INDEX = ["int16", "weeks", "Weeks since that of 5 January 1970"]
-- BAND_INDEX = ["int8", "index", "0 mainstream, 1 trendy, 2 edgy, 3 unknown"]
-- FLAG = ["bool?", "", "FASHION_INTEREST_SEGMENT; NULL without a segmentation row"]
-- BLOCK = ["int16", "index", "AUTHOR_INDEX modulo the number of blocks"]
-- N_ITEMS = ["int32", "items", "Boxes that carry all labels of the trend"]
SELECT
    T.TREND_INDEX,
    CAST(DATEDIFF(DAY, CAST('1970-01-05' AS DATE), T.WEEK) / 7 AS INT) AS WEEK_INDEX,
    CASE A.BAND WHEN 'mainstream' THEN 0 WHEN 'trendy' THEN 1 WHEN 'edgy' THEN 2 ELSE 3 END
        AS BAND_INDEX,
    A.FLAG,
    MOD(T.AUTHOR_INDEX, :blocks) AS BLOCK,
    SUM(T.N_ITEMS) AS N_ITEMS
FROM AUTHOR_TRENDS AS T
INNER JOIN AUTHORS AS A ON T.AUTHOR_INDEX = A.AUTHOR_INDEX
GROUP BY T.TREND_INDEX, T.WEEK, A.BAND, A.FLAG, BLOCK
ORDER BY T.TREND_INDEX, T.WEEK, A.BAND, A.FLAG NULLS LAST, BLOCK
