-- title = "How an account was liked in each half of the window, and when it posted there"
-- grain = "one row per drawn author of MART_AUTHORS and half with a row of more than three likes"
-- [parameters]
-- pseudonym_key = "text: secret that orders the authors"
-- coreset = "integer: how many authors are drawn at most"
-- [columns]
-- AUTHOR_INDEX = ["int32", "index", "Place of the author in the random order"]
-- HALF = ["int8", "half", "1 before the day that halves the window of posts, else 2"]
-- N_LIKED = ["int32", "rows", "Image rows with more than three likes: fewer may be hidden counts"]
-- LIKES_MEDIAN = ["float64", "likes per row", "Median over these rows"]
-- MEAN_DAY = ["float64", "days", "Mean day of these rows, counted from the first day of any post"]
-- WINDOW_DAYS = ["int32", "days", "From the first day of any post to the last"]
WITH SPAN AS (
    SELECT
        MIN(CAST(POST_PUBLICATION_DATE AS DATE)) AS FIRST_DAY,
        MAX(CAST(POST_PUBLICATION_DATE AS DATE)) AS LAST_DAY
    FROM MART_IMAGES_OF_POSTS
),

LIKED AS (
    SELECT
        P.AUTHOR_INDEX,
        M.NB_LIKES,
        IFF(CAST(M.POST_PUBLICATION_DATE AS DATE) < S.SPLIT_DATE, 1, 2) AS HALF,
        DATEDIFF(DAY, W.FIRST_DAY, CAST(M.POST_PUBLICATION_DATE AS DATE)) AS POST_DAY,
        DATEDIFF(DAY, W.FIRST_DAY, W.LAST_DAY) AS WINDOW_DAYS
    FROM MART_IMAGES_OF_POSTS AS M
    INNER JOIN AUTHORS AS P ON M.AUTHORID = P.AUTHORID AND P.N_ROWS_AUTHORS > 0
    INNER JOIN CORESET AS C ON P.AUTHOR_INDEX = C.AUTHOR_INDEX
    CROSS JOIN SPLIT AS S
    CROSS JOIN SPAN AS W
    WHERE M.NB_LIKES > 3
)

SELECT
    AUTHOR_INDEX,
    HALF,
    COUNT(*) AS N_LIKED,
    MEDIAN(CAST(NB_LIKES AS DOUBLE)) AS LIKES_MEDIAN,
    CAST(SUM(POST_DAY) AS DOUBLE) / COUNT(*) AS MEAN_DAY,
    MAX(WINDOW_DAYS) AS WINDOW_DAYS
FROM LIKED
GROUP BY AUTHOR_INDEX, HALF
ORDER BY AUTHOR_INDEX, HALF
