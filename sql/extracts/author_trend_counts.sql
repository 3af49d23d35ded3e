-- title = "Items of each trend by author and week, for panels and weights made in Python"
-- grain = "one row per author, trend and week in which an item of the trend was posted"
-- [parameters]
-- pseudonym_key = "text: secret that orders the authors"
-- same_box = "boolean: whether the labels of an item must share its box, or only its image"
-- [columns]
-- AUTHOR_INDEX = ["int32", "index", "Place of the author in the random order"]
-- TREND_INDEX = ["int16", "index", "Place of the trend in data/trends.toml, from 0"]
-- WEEK = ["date", "day", "Monday of the week"]
-- N_ITEMS = ["int32", "items", "Boxes that carry all labels of the trend"]
SELECT
    AUTHOR_INDEX,
    TREND_INDEX,
    WEEK,
    N_ITEMS
FROM AUTHOR_TRENDS
ORDER BY AUTHOR_INDEX, TREND_INDEX, WEEK
