-- What scoring queries read: distinct images by author and label, under the names that the study
-- gives labels; objects that are not worn have the type "scene". AUTHOR_INDEX is the account
-- itself: no author leaves the warehouse.
-- BRAND_SPELLINGS and FASHION_OBJECTS come from data/vocabulary.toml.
WITH POSTED AS (
    SELECT DISTINCT
        CAST(AUTHORID AS BIGINT) AS AUTHORID,
        IMAGE_ID
    FROM MART_IMAGES_OF_POSTS
),

SHOWN AS (
    SELECT
        P.AUTHORID,
        L.TYPE,
        L.LABEL_NAME,
        COUNT(DISTINCT P.IMAGE_ID) AS N_IMAGES
    FROM MART_IMAGES_LABELS AS L
    INNER JOIN POSTED AS P ON L.IMAGE_ID = P.IMAGE_ID
    GROUP BY P.AUTHORID, L.TYPE, L.LABEL_NAME
),

NAMED AS (
    SELECT
        S.AUTHORID AS AUTHOR_INDEX,
        CONCAT(
            CASE
                WHEN S.TYPE <> 'object_detection' THEN S.TYPE
                WHEN F.LABEL_NAME IS NULL THEN 'scene'
                ELSE 'item'
            END,
            '/',
            COALESCE(B.CANONICAL_NAME, S.LABEL_NAME)
        ) AS LABEL,
        S.N_IMAGES
    FROM SHOWN AS S
    LEFT JOIN BRAND_SPELLINGS AS B
        ON S.LABEL_NAME = B.LABEL_NAME AND RIGHT(S.TYPE, 6) = '_brand'
    LEFT JOIN FASHION_OBJECTS AS F ON S.LABEL_NAME = F.LABEL_NAME
)

SELECT
    AUTHOR_INDEX,
    LABEL,
    SUM(N_IMAGES) AS N_IMAGES
FROM NAMED
GROUP BY AUTHOR_INDEX, LABEL
