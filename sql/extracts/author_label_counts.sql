-- title = "How many images of an author carry a label, in each half of the window"
-- grain = "one row per author, label and half of the window in which any image of it was posted"
-- [parameters]
-- pseudonym_key = "text: secret that orders the authors"
-- [columns]
-- AUTHOR_INDEX = ["int32", "index", "Place of the author in the random order"]
-- LABEL_INDEX = ["int32", "index", "Place of the label in label_vocabulary"]
-- HALF = ["int8", "half", "1 before the day that halves the window of posts, else 2"]
-- N_IMAGES = ["int32", "images", "Distinct images with the label"]
-- N_DETECTIONS = ["int32", "detections", "Label rows of these images"]
WITH IMAGES AS (
    SELECT
        I.IMAGE_ID,
        P.AUTHOR_INDEX,
        IFF(I.FIRST_DAY < S.SPLIT_DATE, 1, 2) AS HALF,
        ROW_NUMBER() OVER (ORDER BY P.AUTHOR_INDEX) AS IMAGE_INDEX
    FROM AUTHOR_IMAGES AS I
    INNER JOIN PSEUDONYMS AS P ON I.AUTHORID = P.AUTHORID
    CROSS JOIN SPLIT AS S
),

DETECTED AS (
    SELECT
        I.AUTHOR_INDEX,
        I.HALF,
        V.LABEL_INDEX,
        COUNT(*) AS N_DETECTIONS
    FROM MART_IMAGES_LABELS AS L
    INNER JOIN IMAGES AS I ON L.IMAGE_ID = I.IMAGE_ID
    INNER JOIN LABELS AS V ON L.TYPE = V.TYPE AND L.LABEL_NAME = V.LABEL_NAME
    GROUP BY I.AUTHOR_INDEX, I.HALF, I.IMAGE_INDEX, V.LABEL_INDEX
)

SELECT
    AUTHOR_INDEX,
    LABEL_INDEX,
    HALF,
    COUNT(*) AS N_IMAGES,
    SUM(N_DETECTIONS) AS N_DETECTIONS
FROM DETECTED
GROUP BY AUTHOR_INDEX, LABEL_INDEX, HALF
ORDER BY AUTHOR_INDEX, LABEL_INDEX, HALF
