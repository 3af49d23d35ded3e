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
SELECT
    CAST(DATE_TRUNC('MONTH', P.POST_PUBLICATION_DATE) AS DATE) AS MONTH,
    A.BAND,
    COUNT(DISTINCT P.POST_ID) AS N_POSTS,
    COUNT(*) AS N_IMAGE_ROWS,
    COUNT(DISTINCT P.IMAGE_ID) AS N_IMAGES,
    COUNT(DISTINCT L.IMAGE_HASH) AS N_LABELLED_IMAGES,
    COUNT(DISTINCT A.AUTHOR_INDEX) AS N_AUTHORS
FROM MART_IMAGES_OF_POSTS AS P
INNER JOIN AUTHORS AS A ON P.AUTHORID = A.AUTHORID
LEFT JOIN LABELLED_IMAGES AS L ON HASH(P.IMAGE_ID) = L.IMAGE_HASH
GROUP BY 1, 2
ORDER BY 1, 2
