-- title = "Posts and images by month and follower band"
-- grain = "one row per month and band in which anything was posted"
-- [parameters]
-- pseudonym_key = "text: secret that orders the authors"
-- [columns]
-- MONTH = ["date", "day", "First day of the month"]
-- BAND = ["string", "", "mainstream, trendy, edgy or unknown"]
-- N_POSTS = ["int32", "posts", "Distinct posts"]
-- N_IMAGE_ROWS = ["int32", "rows", "Image rows, reposts included"]
-- N_IMAGES = ["int32", "images", "Distinct images"]
-- N_LABELLED_IMAGES = ["int32", "images", "Distinct images with any label"]
-- N_AUTHORS = ["int32", "authors", "Distinct authors who posted"]
WITH LABELLED_ONCE AS (
    SELECT
        CAST(DATE_TRUNC('MONTH', I.FIRST_DAY) AS DATE) AS MONTH,
        A.BAND,
        COUNT(*) AS N_IMAGES
    FROM AUTHOR_IMAGES AS I
    INNER JOIN AUTHORS AS A ON I.AUTHOR_INDEX = A.AUTHOR_INDEX
    LEFT JOIN REPEATED_IMAGES AS R ON I.IMAGE_HASH = R.IMAGE_HASH
    WHERE I.N_DETECTIONS IS NOT NULL AND R.IMAGE_HASH IS NULL
    GROUP BY MONTH, A.BAND
),

-- what stands in one row counts once there; only the rest has to be told apart
POSTED AS (
    SELECT
        CAST(DATE_TRUNC('MONTH', P.POST_PUBLICATION_DATE) AS DATE) AS MONTH,
        A.BAND,
        COUNT_IF(Q.POST_HASH IS NULL) + COUNT(DISTINCT Q.POST_HASH) AS N_POSTS,
        COUNT(*) AS N_IMAGE_ROWS,
        COUNT_IF(R.IMAGE_HASH IS NULL) + COUNT(DISTINCT R.IMAGE_HASH) AS N_IMAGES,
        COUNT(DISTINCT IFF(R.N_DETECTIONS IS NULL, NULL, R.IMAGE_HASH)) AS N_LABELLED_AGAIN,
        COUNT(DISTINCT A.AUTHOR_INDEX) AS N_AUTHORS
    FROM MART_IMAGES_OF_POSTS AS P
    INNER JOIN AUTHORS AS A ON P.AUTHORID = A.AUTHORID
    LEFT JOIN REPEATED_POSTS AS Q ON HASH(P.POST_ID) = Q.POST_HASH
    LEFT JOIN REPEATED_IMAGES AS R ON HASH(P.IMAGE_ID) = R.IMAGE_HASH
    GROUP BY MONTH, A.BAND
)

SELECT
    P.MONTH,
    P.BAND,
    P.N_POSTS,
    P.N_IMAGE_ROWS,
    P.N_IMAGES,
    COALESCE(L.N_IMAGES, 0) + P.N_LABELLED_AGAIN AS N_LABELLED_IMAGES,
    P.N_AUTHORS
FROM POSTED AS P
LEFT JOIN LABELLED_ONCE AS L ON P.MONTH = L.MONTH AND P.BAND = L.BAND
ORDER BY P.MONTH, P.BAND
