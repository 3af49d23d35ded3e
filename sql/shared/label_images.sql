-- One row per label with the number of images that show it. Few combinations of labels occur, so
-- labels are looked up by combination, not by image.
SELECT
    V.LABEL_INDEX,
    SUM(S.N_IMAGES) AS N_IMAGES
FROM (
    SELECT
        WORD,
        BITS,
        COUNT(*) AS N_IMAGES
    FROM DETECTED
    GROUP BY WORD, BITS
) AS S
INNER JOIN LABELS AS V ON S.WORD = V.WORD AND BITAND(S.BITS, V.LABEL_BIT) = V.LABEL_BIT
GROUP BY V.LABEL_INDEX
