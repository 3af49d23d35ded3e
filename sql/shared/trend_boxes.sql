-- One row per image and box that carries a label of any trend. BITS says which: one bit for each.
-- Images go by a hash, as in detected.sql, with the same chance that two of them are taken for one.
SELECT
    HASH(L.IMAGE_ID) AS IMAGE_HASH,
    CAST(L.POSITION_IN_IMAGE AS VARCHAR) AS BOX,
    BITOR_AGG(T.LABEL_BIT) AS BITS
FROM MART_IMAGES_LABELS AS L
INNER JOIN TREND_LABELS AS T ON L.TYPE = T.TYPE AND L.LABEL_NAME = T.LABEL_NAME
GROUP BY IMAGE_HASH, BOX
