-- One row per author, trend and week in which an item of the trend was posted.
SELECT
    D.AUTHOR_INDEX,
    D.BAND,
    D.FLAG,
    T.TREND,
    D.WEEK,
    SUM(T.N_ITEMS) AS N_ITEMS,
    COUNT(*) AS N_IMAGES
FROM TREND_ITEMS AS T
INNER JOIN DATED_IMAGES AS D ON T.IMAGE_INDEX = D.IMAGE_INDEX
GROUP BY D.AUTHOR_INDEX, D.BAND, D.FLAG, T.TREND, D.WEEK
