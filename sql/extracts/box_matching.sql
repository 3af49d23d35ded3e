-- title = "Whether the labels of one item share its box, on a sample of drawn authors' images"
-- grain = "one row per type of label"
-- [parameters]
-- pseudonym_key = "text: secret that orders the authors"
-- coreset = "integer: how many authors are drawn at most"
-- sample_images = "integer: how many labelled images to look at"
-- [columns]
-- TYPE = ["string", "", "Family of the detector"]
-- N_DETECTIONS = ["int32", "detections", "Label rows looked at"]
-- N_WITHOUT_BOX = ["int32", "detections", "Those without a position"]
-- N_BOXES = ["int32", "boxes", "Distinct boxes of an image that carry a label of the type"]
-- N_WITH_OBJECT = ["int32", "boxes", "Those that also carry a label of type object_detection"]
-- N_WITH_SEVERAL = ["int32", "boxes", "Those that carry several labels of the type"]
WITH DRAWN AS (
    SELECT DISTINCT P.IMAGE_ID
    FROM MART_IMAGES_OF_POSTS AS P
    INNER JOIN PSEUDONYMS AS A ON P.AUTHORID = A.AUTHORID
    INNER JOIN CORESET AS C ON A.AUTHOR_INDEX = C.AUTHOR_INDEX
    INNER JOIN DETECTED AS D ON HASH(P.IMAGE_ID) = D.IMAGE_HASH AND D.WORD = 0
),

LOOKED_AT AS (
    SELECT IMAGE_ID
    FROM DRAWN
    QUALIFY ROW_NUMBER() OVER (ORDER BY MD5(IMAGE_ID)) <= :sample_images
),

BOXES AS (
    SELECT
        L.IMAGE_ID,
        L.TYPE,
        CAST(L.POSITION_IN_IMAGE AS VARCHAR) AS BOX,
        COUNT(*) AS N_DETECTIONS,
        COUNT(DISTINCT L.LABEL_NAME) AS N_LABELS
    FROM MART_IMAGES_LABELS AS L
    INNER JOIN LOOKED_AT AS S ON L.IMAGE_ID = S.IMAGE_ID
    GROUP BY L.IMAGE_ID, L.TYPE, BOX
)

SELECT
    B.TYPE,
    SUM(B.N_DETECTIONS) AS N_DETECTIONS,
    SUM(IFF(B.BOX IS NULL, B.N_DETECTIONS, 0)) AS N_WITHOUT_BOX,
    COUNT(B.BOX) AS N_BOXES,
    COUNT(O.BOX) AS N_WITH_OBJECT,
    COUNT_IF(B.BOX IS NOT NULL AND B.N_LABELS > 1) AS N_WITH_SEVERAL
FROM BOXES AS B
LEFT JOIN BOXES AS O
    ON B.IMAGE_ID = O.IMAGE_ID AND B.BOX = O.BOX AND O.TYPE = 'object_detection'
GROUP BY B.TYPE
ORDER BY B.TYPE
