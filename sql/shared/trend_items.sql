-- One row per trend and image that shows it, with the number of items that do. An item is a box of
-- an image; where boxes cannot be matched, the whole image is taken for one item.
WITH ITEMS AS (
    SELECT
        IMAGE_HASH,
        BITS
    FROM TREND_BOXES
    WHERE :same_box AND BOX IS NOT NULL
    UNION ALL
    SELECT
        IMAGE_HASH,
        BITS
    FROM TREND_IMAGES
    WHERE NOT :same_box
),

COMBINATIONS AS (
    SELECT DISTINCT BITS
    FROM ITEMS
),

-- few combinations of labels occur, so trends are looked up by combination, not by item
SHOWN AS (
    SELECT
        C.BITS,
        T.TREND_INDEX
    FROM COMBINATIONS AS C
    INNER JOIN TRENDS AS T ON BITAND(C.BITS, T.BITS) = T.BITS
)

SELECT
    I.IMAGE_HASH,
    S.TREND_INDEX,
    CAST(COUNT(*) AS INT) AS N_ITEMS
FROM ITEMS AS I
INNER JOIN SHOWN AS S ON I.BITS = S.BITS
GROUP BY I.IMAGE_HASH, S.TREND_INDEX
