-- title = "Images by week, panel and block of authors: what weekly series are divided by"
-- grain = "one row per week, band, flag and block in which an image was first posted"
-- [parameters]
-- pseudonym_key = "text: secret that orders the authors"
-- blocks = "integer: number of blocks of authors"
-- [columns]
-- WEEK = ["date", "day", "Monday of the week"]
-- BAND = ["string", "", "mainstream, trendy, edgy or unknown"]
-- FLAG = ["bool?", "", "FASHION_INTEREST_SEGMENT; NULL without a segmentation row"]
-- BLOCK = ["int16", "index", "AUTHOR_INDEX modulo the number of blocks"]
-- N_IMAGES = ["int32", "images", "Distinct images of an author, in the week of their first post"]
-- N_LABELLED_IMAGES = ["int32", "images", "Those with any label"]
-- N_AUTHORS = ["int32", "authors", "Authors of these images"]
-- N_LABELLED_AUTHORS = ["int32", "authors", "Authors of those with any label"]
WITH BY_AUTHOR AS (
    SELECT
        CAST(DATE_TRUNC('WEEK', FIRST_DAY) AS DATE) AS WEEK,
        AUTHOR_INDEX,
        COUNT(*) AS N_IMAGES,
        COUNT(N_DETECTIONS) AS N_LABELLED_IMAGES
    FROM AUTHOR_IMAGES
    GROUP BY WEEK, AUTHOR_INDEX
)

SELECT
    I.WEEK,
    A.BAND,
    A.FLAG,
    MOD(I.AUTHOR_INDEX, :blocks) AS BLOCK,
    SUM(I.N_IMAGES) AS N_IMAGES,
    SUM(I.N_LABELLED_IMAGES) AS N_LABELLED_IMAGES,
    COUNT(*) AS N_AUTHORS,
    COUNT_IF(I.N_LABELLED_IMAGES > 0) AS N_LABELLED_AUTHORS
FROM BY_AUTHOR AS I
INNER JOIN AUTHORS AS A ON I.AUTHOR_INDEX = A.AUTHOR_INDEX
GROUP BY I.WEEK, A.BAND, A.FLAG, BLOCK
ORDER BY I.WEEK, A.BAND, A.FLAG NULLS LAST, BLOCK
