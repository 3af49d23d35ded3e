-- One row per author and image with what a weekly series needs: week and panel.
SELECT
    I.IMAGE_HASH,
    I.N_DETECTIONS,
    CAST(DATE_TRUNC('WEEK', I.FIRST_DAY) AS DATE) AS WEEK,
    A.BAND,
    A.FLAG,
    A.AUTHOR_INDEX
FROM AUTHOR_IMAGES AS I
INNER JOIN AUTHORS AS A ON I.AUTHORID = A.AUTHORID
