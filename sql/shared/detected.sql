-- One row per image and word of labels of which it shows any: a bit for each label detected in it,
-- however often. Counting labels by these rows is far less work than by pairs of image and label.
SELECT
    I.IMAGE_INDEX,
    V.WORD,
    BITOR_AGG(V.LABEL_BIT) AS BITS
FROM MART_IMAGES_LABELS AS L
INNER JOIN LABELLED_IMAGES AS I ON L.IMAGE_ID = I.IMAGE_ID
INNER JOIN LABELS AS V ON L.TYPE = V.TYPE AND L.LABEL_NAME = V.LABEL_NAME
GROUP BY I.IMAGE_INDEX, V.WORD
