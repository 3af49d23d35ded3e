-- One row per image that has any label row, numbered so that what follows can count with integers.
SELECT
    IMAGE_ID,
    CAST(ROW_NUMBER() OVER (ORDER BY IMAGE_ID) AS INT) AS IMAGE_INDEX,
    COUNT(*) AS N_DETECTIONS
FROM MART_IMAGES_LABELS
GROUP BY IMAGE_ID
