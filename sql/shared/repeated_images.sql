-- One row per image that stands in several rows, of one author or of several. Few do, and only
-- these have to be told apart where images are counted.
SELECT
    IMAGE_HASH,
    COUNT(*) AS N_AUTHORS,
    MAX(N_DETECTIONS) AS N_DETECTIONS
FROM AUTHOR_IMAGES
GROUP BY IMAGE_HASH
HAVING SUM(N_ROWS) > 1
