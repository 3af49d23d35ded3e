-- One row per label, that is per type and name, numbered from 0 in their order. A set of labels is
-- kept as bits: 62 labels share a word. The most frequent come first, so that most images need one.
-- FIRST_BIT is the bit where the word is 0, else 0. COUNTER and LANE say where
-- author_labels.sql adds the label up.
SELECT
    TYPE,
    LABEL_NAME,
    HASH(TYPE) AS TYPE_HASH,
    HASH(LABEL_NAME) AS NAME_HASH,
    N_DETECTIONS,
    CAST(LABEL_INDEX AS INT) AS LABEL_INDEX,
    CAST(FLOOR(PLACE / 62) AS SMALLINT) AS WORD,
    CAST(BITSHIFTLEFT(1, MOD(PLACE, 62)) AS BIGINT) AS LABEL_BIT,
    IFF(PLACE < 62, CAST(BITSHIFTLEFT(1, MOD(PLACE, 62)) AS BIGINT), 0) AS FIRST_BIT,
    CONCAT('C', MOD(PLACE, 31)) AS COUNTER,
    CAST(31 * FLOOR(MOD(PLACE, 62) / 31) AS INT) AS LANE
FROM (
    SELECT
        TYPE,
        LABEL_NAME,
        COUNT(*) AS N_DETECTIONS,
        ROW_NUMBER() OVER (ORDER BY TYPE, LABEL_NAME) - 1 AS LABEL_INDEX,
        ROW_NUMBER() OVER (ORDER BY COUNT(*) DESC, TYPE ASC, LABEL_NAME ASC) - 1 AS PLACE
    FROM MART_IMAGES_LABELS
    GROUP BY TYPE, LABEL_NAME
) AS COUNTED
