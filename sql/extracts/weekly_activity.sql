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
SELECT
    D.WEEK,
    D.BAND,
    D.FLAG,
    MOD(D.AUTHOR_INDEX, :blocks) AS BLOCK,
    COUNT(*) AS N_IMAGES,
    COUNT(L.IMAGE_ID) AS N_LABELLED_IMAGES,
    COUNT(DISTINCT D.AUTHOR_INDEX) AS N_AUTHORS,
    COUNT(DISTINCT IFF(L.IMAGE_ID IS NULL, NULL, D.AUTHOR_INDEX)) AS N_LABELLED_AUTHORS
FROM DATED_IMAGES AS D
LEFT JOIN LABELLED_IMAGES AS L ON D.IMAGE_ID = L.IMAGE_ID
GROUP BY D.WEEK, D.BAND, D.FLAG, BLOCK
ORDER BY D.WEEK, D.BAND, D.FLAG NULLS LAST, BLOCK
