-- title = "What tells whether the posts of a week have changed, from one scan of the posts"
-- grain = "one row per week in which anything was posted"
-- [columns]
-- WEEK = ["date", "day", "Monday of the week"]
-- N_ROWS = ["int64", "rows", "Image rows"]
-- LAST_SECOND = ["int64", "seconds", "Latest post, in seconds since 1970"]
-- REACTIONS = ["int64", "likes and comments", "Sum over the rows"]
SELECT
    CAST(DATE_TRUNC('WEEK', POST_PUBLICATION_DATE) AS DATE) AS WEEK,
    COUNT(*) AS N_ROWS,
    MAX(DATE_PART('EPOCH_SECOND', POST_PUBLICATION_DATE)) AS LAST_SECOND,
    COALESCE(SUM(NB_LIKES), 0) + COALESCE(SUM(COMMENT_COUNT), 0) AS REACTIONS
FROM MART_IMAGES_OF_POSTS
GROUP BY WEEK
ORDER BY WEEK
