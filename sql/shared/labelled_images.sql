-- One row per image that has any label row, numbered so that what follows can count with integers.
SELECT
    IMAGE_ID,
    CAST(ROW_NUMBER() OVER (ORDER BY N_DETECTIONS) AS INT) AS IMAGE_INDEX,
    N_DETECTIONS,
    HAS_OBJECT
FROM (
    SELECT
        IMAGE_ID,
        COUNT(*) AS N_DETECTIONS,
        MAX(IFF(TYPE = 'object_detection', 1, 0)) AS HAS_OBJECT
    FROM MART_IMAGES_LABELS
    GROUP BY IMAGE_ID
) AS COUNTED
