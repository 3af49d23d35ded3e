-- title = "The labels, and how often each is seen"
-- grain = "one row per type and label name"
-- [parameters]
-- pseudonym_key = "text: secret that orders the authors"
-- [columns]
-- TYPE = ["string", "", "Family of the detector"]
-- LABEL_NAME = ["string", "", "Name of the label"]
-- LABEL_INDEX = ["int32", "index", "Place in the order of type and name, from 0"]
-- N_DETECTIONS = ["int64", "detections", "Label rows"]
-- N_IMAGES = ["int32", "images", "Distinct images with the label"]
-- N_AUTHORS = ["int32", "authors", "Distinct authors who posted such an image"]
WITH WORN AS (
    SELECT
        LABEL_INDEX,
        COUNT(*) AS N_AUTHORS
    FROM AUTHOR_LABELS
    GROUP BY LABEL_INDEX
)

SELECT
    V.TYPE,
    V.LABEL_NAME,
    V.LABEL_INDEX,
    V.N_DETECTIONS,
    I.N_IMAGES,
    COALESCE(W.N_AUTHORS, 0) AS N_AUTHORS
FROM LABELS AS V
INNER JOIN LABEL_IMAGES AS I ON V.LABEL_INDEX = I.LABEL_INDEX
LEFT JOIN WORN AS W ON V.LABEL_INDEX = W.LABEL_INDEX
ORDER BY V.LABEL_INDEX
