-- title = "Images by author, label and week of their first post, for a range of weeks"
-- grain = "one row per author, label and week from first_day on, before end_day"
-- [parameters]
-- pseudonym_key = "text: secret that orders the authors"
-- first_day = "text: Monday of the first week, ISO"
-- end_day = "text: Monday after the last week, ISO"
-- [columns]
-- AUTHOR_KEY = ["string", "", "First 16 hexadecimal digits of the keyed pseudonym"]
-- WEEK = ["date", "day", "Monday of the week"]
-- TYPE = ["string", "", "Family of the detector"]
-- LABEL_NAME = ["string", "", "Name of the label"]
-- N_IMAGES = ["int32", "images", "Distinct images with the label"]
WITH FRESH AS (
    SELECT
        AUTHORID,
        IMAGE_ID,
        MIN(POST_PUBLICATION_DATE) AS FIRST_POST
    FROM MART_IMAGES_OF_POSTS
    WHERE
        POST_PUBLICATION_DATE >= CAST(:first_day AS TIMESTAMP)
        AND POST_PUBLICATION_DATE < CAST(:end_day AS TIMESTAMP)
    GROUP BY AUTHORID, IMAGE_ID
),

-- an image that the author posted before counts in the week of that post
SEEN_BEFORE AS (
    SELECT DISTINCT
        P.AUTHORID,
        P.IMAGE_ID
    FROM MART_IMAGES_OF_POSTS AS P
    INNER JOIN FRESH AS F ON P.AUTHORID = F.AUTHORID AND P.IMAGE_ID = F.IMAGE_ID
    WHERE P.POST_PUBLICATION_DATE < CAST(:first_day AS TIMESTAMP)
),

FIRST_SHOWN AS (
    SELECT
        F.AUTHORID,
        F.IMAGE_ID,
        CAST(DATE_TRUNC('WEEK', F.FIRST_POST) AS DATE) AS WEEK
    FROM FRESH AS F
    LEFT JOIN SEEN_BEFORE AS B ON F.AUTHORID = B.AUTHORID AND F.IMAGE_ID = B.IMAGE_ID
    WHERE B.IMAGE_ID IS NULL
),

SHOWN AS (
    SELECT
        F.AUTHORID,
        F.WEEK,
        L.TYPE,
        L.LABEL_NAME,
        COUNT(DISTINCT F.IMAGE_ID) AS N_IMAGES
    FROM MART_IMAGES_LABELS AS L
    INNER JOIN FIRST_SHOWN AS F ON L.IMAGE_ID = F.IMAGE_ID
    GROUP BY F.AUTHORID, F.WEEK, L.TYPE, L.LABEL_NAME
)

SELECT
    LEFT(P.AUTHOR_KEY, 16) AS AUTHOR_KEY,
    S.WEEK,
    S.TYPE,
    S.LABEL_NAME,
    S.N_IMAGES
FROM SHOWN AS S
INNER JOIN PSEUDONYMS AS P ON S.AUTHORID = P.AUTHORID
ORDER BY S.WEEK, P.AUTHOR_KEY, S.TYPE, S.LABEL_NAME
