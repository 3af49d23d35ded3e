-- One row per author and image, however often the author posted it; it counts on the day on which
-- the author first did. An image that two authors posted counts for both. IMAGE_INDEX and
-- N_DETECTIONS are NULL where the image has no label.
SELECT
    P.AUTHORID,
    P.IMAGE_ID,
    P.FIRST_DAY,
    P.N_ROWS,
    L.IMAGE_INDEX,
    L.N_DETECTIONS
FROM (
    SELECT
        AUTHORID,
        IMAGE_ID,
        CAST(MIN(POST_PUBLICATION_DATE) AS DATE) AS FIRST_DAY,
        COUNT(*) AS N_ROWS
    FROM MART_IMAGES_OF_POSTS
    GROUP BY AUTHORID, IMAGE_ID
) AS P
LEFT JOIN LABELLED_IMAGES AS L ON P.IMAGE_ID = L.IMAGE_ID
