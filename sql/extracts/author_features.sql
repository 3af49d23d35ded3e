-- title = "What is known of an author, as numbers: followers, activity, engagement, kind of text"
-- grain = "one row per author that any table names"
-- [parameters]
-- pseudonym_key = "text: secret that orders the authors"
-- coreset = "integer: how many authors are drawn at most"
-- [columns]
-- AUTHOR_INDEX = ["int32", "index", "Place of the author in the random order, from 0"]
-- AUTHOR_KEY = ["string", "", "First 16 hexadecimal digits of the keyed pseudonym"]
-- IN_AUTHORS = ["bool", "", "Has a row in MART_AUTHORS"]
-- IS_DRAWN = ["bool", "", "Drawn for what is computed author by author: all, up to coreset"]
-- FOLLOWERS_AUTHORS = ["float64?", "followers", "Of MART_AUTHORS; NULL where its rows disagree"]
-- FOLLOWERS_SEGMENTATIONS = ["float64?", "followers", "Of MART_AUTHORS_SEGMENTATIONS"]
-- FOLLOWS = ["float64?", "accounts", "Accounts that the author follows"]
-- BAND = ["string", "", "mainstream, trendy, edgy by the house rule, or unknown"]
-- FLAG = ["bool?", "", "FASHION_INTEREST_SEGMENT; NULL without a segmentation row"]
-- ZONE = ["string?", "", "GEO_ZONE"]
-- N_POSTS = ["int32", "posts", "Distinct posts"]
-- N_IMAGE_ROWS = ["int32", "rows", "Image rows, reposts included"]
-- N_IMAGES = ["int32", "images", "Distinct images"]
-- N_LABELLED_IMAGES = ["int32", "images", "Distinct images with any label"]
-- N_DETECTIONS = ["int32", "detections", "Label rows of these images"]
-- LIKES_MEAN = ["float64?", "likes per row", "Over the image rows with a count"]
-- LIKES_MEDIAN = ["float64?", "likes per row", "Over the image rows with a count"]
-- LIKES_ZERO = ["float32?", "share", "Share of image rows with no like"]
-- LIKES_THREE = ["float32?", "share", "Share of image rows with exactly three likes"]
-- COMMENTS_MEAN = ["float64?", "comments per row", "Over the image rows with a count"]
-- COMMENTS_MEDIAN = ["float64?", "comments per row", "Over the image rows with a count"]
-- FIRST_DAY = ["date?", "day", "Day of the first post"]
-- LAST_DAY = ["date?", "day", "Day of the last post"]
-- N_POSTS_1 = ["int32", "posts", "Distinct posts before the day that halves the window"]
-- N_POSTS_2 = ["int32", "posts", "Distinct posts from that day on"]
-- BIO_LENGTH = ["string?", "", "none, short (under 50), medium (under 150), long; NULL: no row"]
-- BIO_SHOP = ["bool", "", "The bio speaks of a shop, an order or a delivery"]
-- BIO_BRAND = ["bool", "", "The bio speaks of an official account, a brand or a collection"]
-- BIO_AMBASSADOR = ["bool", "", "The bio speaks of an ambassador, a partner or a discount code"]
-- CAPTION_ANY = ["float32?", "share", "Share of image rows with a caption"]
-- CAPTION_SPONSOR = ["float32?", "share", "Share of captions that speak of sponsorship"]
-- CAPTION_SHOP = ["float32?", "share", "Share of captions that speak of a shop or an order"]
-- CAPTION_CODE = ["float32?", "share", "Share of captions that speak of a code or an ambassador"]
WITH TOLD AS (
    SELECT
        AUTHORID,
        NB_LIKES,
        COMMENT_COUNT,
        CAST(POST_PUBLICATION_DATE AS DATE) AS POST_DAY,
        IFF(POST_CAPTION <> '', 1, 0) AS IS_CAPTIONED,
        -- most captions hold no word of any pattern below: one pass sets them aside for all three
        IFF(
            REGEXP_LIKE(
                POST_CAPTION,
                '.*(sponsor|partner|#ad |#gifted|werbung|commercial|publicidad|now|order|bio'
                || '|shipping|store|arrival|code|ambassador).*',
                'is'
            ), POST_CAPTION, NULL
        ) AS TELLING
    FROM MART_IMAGES_OF_POSTS
),

ROWS_OF_POSTS AS (
    SELECT
        AUTHORID,
        NB_LIKES,
        COMMENT_COUNT,
        POST_DAY,
        IS_CAPTIONED,
        IFF(
            REGEXP_LIKE(
                TELLING,
                '.*(sponsor|paid partner|commercial partner|#ad |#gifted|werbung'
                || '|collaboration commerciale|publicidad).*',
                'is'
            ), 1, 0
        ) AS IS_SPONSORED,
        IFF(
            REGEXP_LIKE(
                TELLING,
                '.*(shop now|order now|to order|link in bio|free shipping|in store|new arrival'
                || '|available now).*',
                'is'
            ), 1, 0
        ) AS IS_SHOP,
        IFF(
            REGEXP_LIKE(
                TELLING,
                '.*(use code|my code|promo code|discount code|ambassador).*',
                'is'
            ), 1, 0
        ) AS IS_CODE
    FROM TOLD
),

-- rows beyond the first of a post: few posts have any, so posts are counted as rows less these
SURPLUS AS (
    SELECT
        P.AUTHORID,
        COUNT(*) - COUNT(DISTINCT R.POST_HASH) AS N_ROWS,
        COUNT_IF(P.POST_PUBLICATION_DATE < S.SPLIT_DATE)
        - COUNT(DISTINCT IFF(P.POST_PUBLICATION_DATE < S.SPLIT_DATE, R.POST_HASH, NULL))
            AS N_ROWS_1,
        COUNT_IF(P.POST_PUBLICATION_DATE >= S.SPLIT_DATE)
        - COUNT(DISTINCT IFF(P.POST_PUBLICATION_DATE >= S.SPLIT_DATE, R.POST_HASH, NULL))
            AS N_ROWS_2
    FROM MART_IMAGES_OF_POSTS AS P
    INNER JOIN REPEATED_POSTS AS R ON HASH(P.POST_ID) = R.POST_HASH
    CROSS JOIN SPLIT AS S
    GROUP BY P.AUTHORID
),

POSTED AS (
    SELECT
        R.AUTHORID,
        COUNT(*) AS N_IMAGE_ROWS,
        COUNT_IF(R.POST_DAY < S.SPLIT_DATE) AS N_IMAGE_ROWS_1,
        COUNT(R.NB_LIKES) AS N_LIKES_KNOWN,
        SUM(R.NB_LIKES) AS LIKES,
        MEDIAN(CAST(R.NB_LIKES AS DOUBLE)) AS LIKES_MEDIAN,
        COUNT_IF(R.NB_LIKES = 0) AS N_LIKES_ZERO,
        COUNT_IF(R.NB_LIKES = 3) AS N_LIKES_THREE,
        COUNT(R.COMMENT_COUNT) AS N_COMMENTS_KNOWN,
        SUM(R.COMMENT_COUNT) AS COMMENTS,
        MEDIAN(CAST(R.COMMENT_COUNT AS DOUBLE)) AS COMMENTS_MEDIAN,
        MIN(R.POST_DAY) AS FIRST_DAY,
        MAX(R.POST_DAY) AS LAST_DAY,
        SUM(R.IS_CAPTIONED) AS N_CAPTIONS,
        SUM(R.IS_SPONSORED) AS N_SPONSORED,
        SUM(R.IS_SHOP) AS N_SHOP,
        SUM(R.IS_CODE) AS N_CODE
    FROM ROWS_OF_POSTS AS R
    CROSS JOIN SPLIT AS S
    GROUP BY R.AUTHORID
),

SHOWN AS (
    SELECT
        AUTHOR_INDEX,
        COUNT(*) AS N_IMAGES,
        COUNT(N_DETECTIONS) AS N_LABELLED_IMAGES,
        SUM(N_DETECTIONS) AS N_DETECTIONS
    FROM AUTHOR_IMAGES
    GROUP BY AUTHOR_INDEX
)

SELECT
    A.AUTHOR_INDEX,
    LEFT(A.AUTHOR_KEY, 16) AS AUTHOR_KEY,
    A.N_ROWS_AUTHORS > 0 AS IN_AUTHORS,
    C.AUTHOR_INDEX IS NOT NULL AS IS_DRAWN,
    CAST(A.FOLLOWERS_AUTHORS AS DOUBLE) AS FOLLOWERS_AUTHORS,
    CAST(A.FOLLOWERS_SEGMENTATIONS AS DOUBLE) AS FOLLOWERS_SEGMENTATIONS,
    CAST(A.N_FOLLOWS AS DOUBLE) AS FOLLOWS,
    A.BAND,
    A.FLAG,
    A.ZONE,
    COALESCE(P.N_IMAGE_ROWS - COALESCE(W.N_ROWS, 0), 0) AS N_POSTS,
    COALESCE(P.N_IMAGE_ROWS, 0) AS N_IMAGE_ROWS,
    COALESCE(S.N_IMAGES, 0) AS N_IMAGES,
    COALESCE(S.N_LABELLED_IMAGES, 0) AS N_LABELLED_IMAGES,
    COALESCE(S.N_DETECTIONS, 0) AS N_DETECTIONS,
    CAST(P.LIKES AS DOUBLE) / NULLIF(P.N_LIKES_KNOWN, 0) AS LIKES_MEAN,
    P.LIKES_MEDIAN,
    CAST(P.N_LIKES_ZERO AS DOUBLE) / NULLIF(P.N_LIKES_KNOWN, 0) AS LIKES_ZERO,
    CAST(P.N_LIKES_THREE AS DOUBLE) / NULLIF(P.N_LIKES_KNOWN, 0) AS LIKES_THREE,
    CAST(P.COMMENTS AS DOUBLE) / NULLIF(P.N_COMMENTS_KNOWN, 0) AS COMMENTS_MEAN,
    P.COMMENTS_MEDIAN,
    P.FIRST_DAY,
    P.LAST_DAY,
    COALESCE(P.N_IMAGE_ROWS_1 - COALESCE(W.N_ROWS_1, 0), 0) AS N_POSTS_1,
    COALESCE(P.N_IMAGE_ROWS - P.N_IMAGE_ROWS_1 - COALESCE(W.N_ROWS_2, 0), 0) AS N_POSTS_2,
    CASE
        WHEN A.N_ROWS_AUTHORS = 0 THEN NULL
        WHEN A.BIO IS NULL OR A.BIO = '' THEN 'none'
        WHEN LENGTH(A.BIO) < 50 THEN 'short'
        WHEN LENGTH(A.BIO) < 150 THEN 'medium'
        ELSE 'long'
    END AS BIO_LENGTH,
    COALESCE(
        A.BIO ILIKE ANY (
            '%shop%', '%boutique%', '%store%', '%order%', '%shipping%', '%delivery%', '%tienda%'
        ), FALSE
    ) AS BIO_SHOP,
    COALESCE(
        A.BIO ILIKE ANY ('%official%', '%brand%', '%collection%', '%label%', '%since 19%'), FALSE
    ) AS BIO_BRAND,
    COALESCE(
        A.BIO ILIKE ANY (
            '%ambassador%', '%partner%', '%discount%', '%promo%', '%collab%', '% code%'
        ), FALSE
    ) AS BIO_AMBASSADOR,
    CAST(P.N_CAPTIONS AS DOUBLE) / P.N_IMAGE_ROWS AS CAPTION_ANY,
    CAST(P.N_SPONSORED AS DOUBLE) / NULLIF(P.N_CAPTIONS, 0) AS CAPTION_SPONSOR,
    CAST(P.N_SHOP AS DOUBLE) / NULLIF(P.N_CAPTIONS, 0) AS CAPTION_SHOP,
    CAST(P.N_CODE AS DOUBLE) / NULLIF(P.N_CAPTIONS, 0) AS CAPTION_CODE
FROM AUTHORS AS A
LEFT JOIN POSTED AS P ON A.AUTHORID = P.AUTHORID
LEFT JOIN SURPLUS AS W ON A.AUTHORID = W.AUTHORID
LEFT JOIN SHOWN AS S ON A.AUTHOR_INDEX = S.AUTHOR_INDEX
LEFT JOIN CORESET AS C ON A.AUTHOR_INDEX = C.AUTHOR_INDEX
ORDER BY A.AUTHOR_INDEX
