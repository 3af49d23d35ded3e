-- title = "Which labels sit together on an item, for one drawn author in a few"
-- grain = "one row per author and set of labels of an item with labels of two types or more"
-- [parameters]
-- pseudonym_key = "text: secret that orders the authors"
-- coreset = "integer: how many authors are drawn at most"
-- item_authors = "integer: one author in so many is looked at"
-- [columns]
-- AUTHOR_INDEX = ["int32", "index", "Place of the author in the random order"]
-- LABELS = ["string", "", "In order, one character each: 256 and the place in label_vocabulary"]
-- N_ITEMS = ["int32", "items", "Items of the author with exactly these labels"]
WITH CHOSEN AS (
    SELECT
        I.AUTHOR_INDEX,
        I.IMAGE_HASH
    FROM AUTHOR_IMAGES AS I
    INNER JOIN CORESET AS C ON I.AUTHOR_INDEX = C.AUTHOR_INDEX
    WHERE I.N_DETECTIONS IS NOT NULL AND MOD(I.AUTHOR_INDEX, :item_authors) = 0
),

SHOWN AS (
    SELECT
        C.AUTHOR_INDEX,
        C.IMAGE_HASH,
        CAST(L.POSITION_IN_IMAGE AS VARCHAR) AS BOX,
        V.TYPE,
        V.LABEL_INDEX
    FROM MART_IMAGES_LABELS AS L
    INNER JOIN CHOSEN AS C ON HASH(L.IMAGE_ID) = C.IMAGE_HASH
    INNER JOIN LABELS AS V ON L.TYPE = V.TYPE AND L.LABEL_NAME = V.LABEL_NAME
    WHERE L.POSITION_IN_IMAGE IS NOT NULL
),

-- few items have labels of two types: only theirs are freed of repetitions and put in order
SEVERAL AS (
    SELECT
        AUTHOR_INDEX,
        IMAGE_HASH,
        BOX
    FROM SHOWN
    GROUP BY AUTHOR_INDEX, IMAGE_HASH, BOX
    HAVING MIN(TYPE) < MAX(TYPE)
),

LABELLED AS (
    SELECT DISTINCT
        S.AUTHOR_INDEX,
        S.IMAGE_HASH,
        S.BOX,
        S.LABEL_INDEX
    FROM SHOWN AS S
    INNER JOIN SEVERAL AS I
        ON S.AUTHOR_INDEX = I.AUTHOR_INDEX AND S.IMAGE_HASH = I.IMAGE_HASH AND S.BOX = I.BOX
),

ITEMS AS (
    SELECT
        AUTHOR_INDEX,
        LISTAGG(CHR(CAST(256 + LABEL_INDEX AS NUMBER(5, 0))), '')
        WITHIN GROUP (ORDER BY LABEL_INDEX) AS LABELS
    FROM LABELLED
    GROUP BY AUTHOR_INDEX, IMAGE_HASH, BOX
)

SELECT
    AUTHOR_INDEX,
    LABELS,
    COUNT(*) AS N_ITEMS
FROM ITEMS
GROUP BY AUTHOR_INDEX, LABELS
ORDER BY AUTHOR_INDEX, LABELS
