-- title = "Items of each trend by author and week, for panels and weights made in Python"
-- grain = "one row per drawn author, trend and week in which an item of the trend was posted"
-- [parameters]
-- pseudonym_key = "text: secret that orders the authors"
-- coreset = "integer: how many authors are drawn at most"
-- same_box = "boolean: whether the labels of an item must share its box, or only its image"
-- [columns]
-- AUTHOR_INDEX = ["int32", "index", "Place of the author in the random order"]
-- TREND_INDEX = ["int16", "index", "Place of the trend in data/trends.toml, from 0"]
-- WEEK_INDEX = ["int16", "weeks", "Weeks since that of 5 January 1970"]
-- N_ITEMS = ["int32", "items", "Boxes that carry all labels of the trend"]
SELECT
    T.AUTHOR_INDEX,
    T.TREND_INDEX,
    CAST(DATEDIFF(DAY, CAST('1970-01-05' AS DATE), T.WEEK) / 7 AS INT) AS WEEK_INDEX,
    T.N_ITEMS
FROM AUTHOR_TRENDS AS T
INNER JOIN CORESET AS C ON T.AUTHOR_INDEX = C.AUTHOR_INDEX
ORDER BY T.AUTHOR_INDEX, T.TREND_INDEX, T.WEEK
