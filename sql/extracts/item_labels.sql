-- title = "Which labels sit together on an item, for one author in a few"
-- grain = "one row per author and set of labels of an item with labels of two types or more"
-- [parameters]
-- pseudonym_key = "text: secret that orders the authors"
-- item_authors = "integer: one author in so many is looked at"
-- [columns]
-- AUTHOR_INDEX = ["int32", "index", "Place of the author in the random order"]
-- LABELS = ["string", "", "Places in label_vocabulary, in order, with blanks between"]
-- N_ITEMS = ["int32", "items", "Items of the author with exactly these labels"]
WITH SHOWN AS (
    SELECT DISTINCT
        P.AUTHOR_INDEX,
        L.IMAGE_ID,
        CAST(L.POSITION_IN_IMAGE AS VARCHAR) AS BOX,
        V.TYPE,
        V.LABEL_INDEX
    FROM MART_IMAGES_LABELS AS L
    INNER JOIN AUTHOR_IMAGES AS I ON L.IMAGE_ID = I.IMAGE_ID
    INNER JOIN PSEUDONYMS AS P ON I.AUTHORID = P.AUTHORID
    INNER JOIN LABELS AS V ON L.TYPE = V.TYPE AND L.LABEL_NAME = V.LABEL_NAME
    WHERE L.POSITION_IN_IMAGE IS NOT NULL AND MOD(P.AUTHOR_INDEX, :item_authors) = 0
),

ITEMS AS (
    SELECT
        AUTHOR_INDEX,
        LISTAGG(CAST(LABEL_INDEX AS VARCHAR), ' ') WITHIN GROUP (ORDER BY LABEL_INDEX) AS LABELS
    FROM SHOWN
    GROUP BY AUTHOR_INDEX, IMAGE_ID, BOX
    HAVING COUNT(DISTINCT TYPE) > 1
)

SELECT
    AUTHOR_INDEX,
    LABELS,
    COUNT(*) AS N_ITEMS
FROM ITEMS
GROUP BY AUTHOR_INDEX, LABELS
ORDER BY AUTHOR_INDEX, LABELS
