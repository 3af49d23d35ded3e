-- title = "How many images of an author carry a label, in each half of the window"
-- grain = "one row per drawn author of MART_AUTHORS and label that any image shows"
-- [parameters]
-- pseudonym_key = "text: secret that orders the authors"
-- coreset = "integer: how many authors are drawn at most"
-- [columns]
-- AUTHOR_INDEX = ["int32", "index", "Place of the author in the random order"]
-- LABEL_INDEX = ["int16", "index", "Place of the label in label_vocabulary"]
-- N_IMAGES_1 = ["int32", "images", "Distinct images before the day that halves the window"]
-- N_IMAGES_2 = ["int32", "images", "Distinct images from that day on"]
WITH DRAWN AS (
    SELECT
        I.IMAGE_HASH,
        I.AUTHOR_INDEX,
        I.FIRST_DAY < S.SPLIT_DATE AS IS_EARLY
    FROM AUTHOR_IMAGES AS I
    INNER JOIN AUTHORS AS A ON I.AUTHOR_INDEX = A.AUTHOR_INDEX AND A.N_ROWS_AUTHORS > 0
    INNER JOIN CORESET AS C ON I.AUTHOR_INDEX = C.AUTHOR_INDEX
    CROSS JOIN SPLIT AS S
    WHERE I.N_DETECTIONS IS NOT NULL
)

SELECT
    I.AUTHOR_INDEX,
    V.LABEL_INDEX,
    COUNT_IF(I.IS_EARLY) AS N_IMAGES_1,
    COUNT_IF(NOT I.IS_EARLY) AS N_IMAGES_2
FROM DETECTED AS D
INNER JOIN DRAWN AS I ON D.IMAGE_HASH = I.IMAGE_HASH
INNER JOIN LABELS AS V ON D.WORD = V.WORD AND BITAND(D.BITS, V.LABEL_BIT) = V.LABEL_BIT
GROUP BY I.AUTHOR_INDEX, V.LABEL_INDEX
ORDER BY I.AUTHOR_INDEX, V.LABEL_INDEX
