-- One row per author and image, however often the author posted it; it counts on the day on which
-- the author first did. An image that two authors posted counts for both. N_DETECTIONS and BITS,
-- its labels of word 0, are NULL where the image has no label. Images go by a hash, as in
-- detected.sql, with the same chance that two of them are taken for one: 3 in a million for ten
-- million images.
SELECT
    A.AUTHOR_INDEX,
    P.IMAGE_HASH,
    P.FIRST_DAY,
    P.N_ROWS,
    L.N_DETECTIONS,
    L.BITS
FROM (
    SELECT
        AUTHORID,
        HASH(IMAGE_ID) AS IMAGE_HASH,
        CAST(MIN(POST_PUBLICATION_DATE) AS DATE) AS FIRST_DAY,
        CAST(COUNT(*) AS INT) AS N_ROWS
    FROM MART_IMAGES_OF_POSTS
    GROUP BY AUTHORID, IMAGE_HASH
) AS P
INNER JOIN PSEUDONYMS AS A ON P.AUTHORID = A.AUTHORID
LEFT JOIN DETECTED AS L ON P.IMAGE_HASH = L.IMAGE_HASH AND L.WORD = 0
