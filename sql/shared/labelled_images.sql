-- One row per image that has any label row; BITS are its labels of word 0.
SELECT
    IMAGE_HASH,
    N_DETECTIONS,
    BITS
FROM DETECTED
WHERE WORD = 0
