-- One row per image and word of labels of which it shows any: a bit for each label detected in it,
-- however often. Counting labels by these rows is far less work than by pairs of image and label.
-- Images go by a hash of 64 bits, which is compared and kept at a fraction of the cost of their
-- ids: that any two of ten million share one has a probability of 3 in a million.
SELECT
    HASH(L.IMAGE_ID) AS IMAGE_HASH,
    V.WORD,
    CAST(COUNT(*) AS INT) AS N_DETECTIONS,
    BITOR_AGG(V.LABEL_BIT) AS BITS
FROM MART_IMAGES_LABELS AS L
INNER JOIN LABELS AS V ON L.TYPE = V.TYPE AND L.LABEL_NAME = V.LABEL_NAME
GROUP BY IMAGE_HASH, V.WORD
