-- One row per author and image, however often the author posted it; it counts on the day on which
-- the author first did. An image that two authors posted counts for both.
SELECT
    AUTHORID,
    IMAGE_ID,
    CAST(MIN(POST_PUBLICATION_DATE) AS DATE) AS FIRST_DAY,
    COUNT(*) AS N_ROWS
FROM MART_IMAGES_OF_POSTS
GROUP BY AUTHORID, IMAGE_ID
