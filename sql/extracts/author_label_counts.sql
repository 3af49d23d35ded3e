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
SELECT
    L.AUTHOR_INDEX,
    L.LABEL_INDEX,
    L.N_IMAGES_1,
    L.N_IMAGES_2
FROM AUTHOR_LABELS AS L
INNER JOIN AUTHORS AS A ON L.AUTHOR_INDEX = A.AUTHOR_INDEX AND A.N_ROWS_AUTHORS > 0
INNER JOIN CORESET AS C ON L.AUTHOR_INDEX = C.AUTHOR_INDEX
ORDER BY L.AUTHOR_INDEX, L.LABEL_INDEX
