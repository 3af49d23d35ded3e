-- One row per author that any table names. AUTHOR_KEY is a keyed pseudonym, AUTHOR_INDEX its place
-- among all keys, from 0: a random order that is the same in every extract. No AUTHORID leaves.
SELECT
    AUTHORID,
    AUTHOR_KEY,
    ROW_NUMBER() OVER (ORDER BY AUTHOR_KEY) - 1 AS AUTHOR_INDEX
FROM (
    SELECT
        AUTHORID,
        SHA2(CONCAT(:pseudonym_key, '/', CAST(AUTHORID AS VARCHAR)), 256) AS AUTHOR_KEY
    FROM (
        SELECT AUTHORID FROM MART_AUTHORS
        UNION DISTINCT
        SELECT AUTHORID FROM MART_AUTHORS_SEGMENTATIONS
        UNION DISTINCT
        SELECT AUTHORID FROM MART_IMAGES_OF_POSTS
    ) AS NAMED
    WHERE AUTHORID IS NOT NULL
) AS KEYED
