-- title = "How many images of an author carry a label, in each half of the window"
-- grain = "one row per drawn author, label and half of the window in which an image was posted"
-- [parameters]
-- pseudonym_key = "text: secret that orders the authors"
-- coreset = "integer: how many authors are drawn at most"
-- [columns]
-- AUTHOR_INDEX = ["int32", "index", "Place of the author in the random order"]
-- LABEL_INDEX = ["int16", "index", "Place of the label in label_vocabulary"]
-- HALF = ["int8", "half", "1 before the day that halves the window of posts, else 2"]
-- N_IMAGES = ["int32", "images", "Distinct images with the label"]
SELECT
    P.AUTHOR_INDEX,
    L.LABEL_INDEX,
    L.HALF,
    L.N_IMAGES
FROM AUTHOR_LABELS AS L
INNER JOIN PSEUDONYMS AS P ON L.AUTHORID = P.AUTHORID
INNER JOIN CORESET AS C ON L.AUTHORID = C.AUTHORID
ORDER BY P.AUTHOR_INDEX, L.LABEL_INDEX, L.HALF
