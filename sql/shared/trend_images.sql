-- One row per image that carries a label of any trend, on whichever of its boxes.
SELECT
    IMAGE_HASH,
    BITOR_AGG(BITS) AS BITS
FROM TREND_BOXES
GROUP BY IMAGE_HASH
