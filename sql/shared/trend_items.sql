-- One row per trend and image that shows it, with the number of items that do. An item is a box of
-- an image; where boxes cannot be matched, the whole image is taken for one item.
SELECT
    IMAGE_ID,
    TREND,
    COUNT(*) AS N_ITEMS
FROM (
    SELECT
        L.IMAGE_ID,
        T.TREND,
        IFF(:same_box, CAST(L.POSITION_IN_IMAGE AS VARCHAR), '') AS BOX
    FROM MART_IMAGES_LABELS AS L
    INNER JOIN TREND_LABELS AS T ON L.TYPE = T.TYPE AND L.LABEL_NAME = T.LABEL_NAME
    WHERE L.POSITION_IN_IMAGE IS NOT NULL OR NOT :same_box
    GROUP BY L.IMAGE_ID, T.TREND, T.N_LABELS, BOX
    HAVING COUNT(DISTINCT T.LABEL_NUMBER) = T.N_LABELS
) AS ITEMS
GROUP BY IMAGE_ID, TREND
