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
WITH OF_IMAGES AS (
    SELECT
        I.MONTH,
        I.BAND,
        SUM(I.N_ROWS) AS N_IMAGE_ROWS,
        COUNT(*) AS N_IMAGES,
        COUNT(L.IMAGE_HASH) AS N_LABELLED_IMAGES
    FROM (
        SELECT
            CAST(DATE_TRUNC('MONTH', P.POST_PUBLICATION_DATE) AS DATE) AS MONTH,
            A.BAND,
            HASH(P.IMAGE_ID) AS IMAGE_HASH,
            COUNT(*) AS N_ROWS
        FROM MART_IMAGES_OF_POSTS AS P
        INNER JOIN AUTHORS AS A ON P.AUTHORID = A.AUTHORID
        GROUP BY MONTH, A.BAND, IMAGE_HASH
    ) AS I
    LEFT JOIN LABELLED_IMAGES AS L ON I.IMAGE_HASH = L.IMAGE_HASH
    GROUP BY I.MONTH, I.BAND
),

OF_POSTS AS (
    SELECT
        MONTH,
        BAND,
        COUNT(*) AS N_POSTS
    FROM (
        SELECT DISTINCT
            CAST(DATE_TRUNC('MONTH', P.POST_PUBLICATION_DATE) AS DATE) AS MONTH,
            A.BAND,
            HASH(P.POST_ID) AS POST_HASH
        FROM MART_IMAGES_OF_POSTS AS P
        INNER JOIN AUTHORS AS A ON P.AUTHORID = A.AUTHORID
    ) AS P
    GROUP BY MONTH, BAND
),

OF_AUTHORS AS (
    SELECT
        P.MONTH,
        A.BAND,
        COUNT(*) AS N_AUTHORS
    FROM (
        SELECT DISTINCT
            CAST(DATE_TRUNC('MONTH', POST_PUBLICATION_DATE) AS DATE) AS MONTH,
            AUTHORID
        FROM MART_IMAGES_OF_POSTS
    ) AS P
    INNER JOIN AUTHORS AS A ON P.AUTHORID = A.AUTHORID
    GROUP BY P.MONTH, A.BAND
)

SELECT
    I.MONTH,
    I.BAND,
    P.N_POSTS,
    I.N_IMAGE_ROWS,
    I.N_IMAGES,
    I.N_LABELLED_IMAGES,
    A.N_AUTHORS
FROM OF_IMAGES AS I
INNER JOIN OF_POSTS AS P ON I.MONTH = P.MONTH AND I.BAND = P.BAND
INNER JOIN OF_AUTHORS AS A ON I.MONTH = A.MONTH AND I.BAND = A.BAND
ORDER BY I.MONTH, I.BAND
