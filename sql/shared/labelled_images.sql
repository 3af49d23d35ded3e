-- One row per image that has any label row.
SELECT
    IMAGE_HASH,
    N_DETECTIONS
FROM DETECTED
WHERE WORD = 0
