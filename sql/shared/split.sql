-- One row: the day that halves the window of posts. Days before it are half 1, all others half 2.
SELECT
    CAST(
        DATEADD(
            DAY,
            CEIL(DATEDIFF(DAY, MIN(POST_PUBLICATION_DATE), MAX(POST_PUBLICATION_DATE)) / 2),
            CAST(MIN(POST_PUBLICATION_DATE) AS DATE)
        ) AS DATE
    ) AS SPLIT_DATE
FROM MART_IMAGES_OF_POSTS
