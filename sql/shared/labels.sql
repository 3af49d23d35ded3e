-- One row per label, that is per type and name, numbered from 0 in their order.
SELECT
    TYPE,
    LABEL_NAME,
    CAST(ROW_NUMBER() OVER (ORDER BY TYPE, LABEL_NAME) - 1 AS INT) AS LABEL_INDEX
FROM (
    SELECT DISTINCT
        TYPE,
        LABEL_NAME
    FROM MART_IMAGES_LABELS
) AS SEEN
