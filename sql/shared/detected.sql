-- The labels of each image, as bits: a row for word 0, that of the most frequent labels, for every
-- image with any label, and a row for each further word of which it shows any. N_DETECTIONS counts
-- all label rows of the image, on word 0 alone. Counting labels by these rows is far less work than
-- by pairs of image and label.
-- Images go by a hash of 64 bits, which is compared and kept at a fraction of the cost of their
-- ids: that any two of ten million share one has a probability of 3 in a million. Labels are looked
-- up by hashes, too, of which there are few.
SELECT
    HASH(L.IMAGE_ID) AS IMAGE_HASH,
    CAST(0 AS SMALLINT) AS WORD,
    CAST(COUNT(*) AS INT) AS N_DETECTIONS,
    BITOR_AGG(V.FIRST_BIT) AS BITS
FROM MART_IMAGES_LABELS AS L
INNER JOIN LABELS AS V
    ON HASH(L.TYPE) = V.TYPE_HASH AND HASH(L.LABEL_NAME) = V.NAME_HASH
GROUP BY IMAGE_HASH
UNION ALL
SELECT
    HASH(L.IMAGE_ID) AS IMAGE_HASH,
    V.WORD,
    NULL AS N_DETECTIONS,
    BITOR_AGG(V.LABEL_BIT) AS BITS
FROM MART_IMAGES_LABELS AS L
INNER JOIN LABELS AS V
    ON HASH(L.TYPE) = V.TYPE_HASH AND HASH(L.LABEL_NAME) = V.NAME_HASH
WHERE V.WORD > 0
GROUP BY IMAGE_HASH, V.WORD
