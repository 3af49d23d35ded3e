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
    TREND,
    WEEK,
    BAND,
    FLAG,
    MOD(AUTHOR_INDEX, :blocks) AS BLOCK,
    SUM(N_ITEMS) AS N_ITEMS,
    SUM(N_IMAGES) AS N_IMAGES,
    COUNT(*) AS N_AUTHORS
FROM AUTHOR_TRENDS
GROUP BY TREND, WEEK, BAND, FLAG, BLOCK
ORDER BY TREND, WEEK, BAND, FLAG NULLS LAST, BLOCK
