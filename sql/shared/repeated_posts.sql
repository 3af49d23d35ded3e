-- One row per post that stands in several rows, as repeated_images.sql is for images.
SELECT
    HASH(POST_ID) AS POST_HASH,
    COUNT(*) AS N_ROWS
FROM MART_IMAGES_OF_POSTS
GROUP BY POST_HASH
HAVING COUNT(*) > 1
