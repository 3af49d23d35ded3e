-- One row per label that speaks of fashion, as data/vocabulary.toml says. Spellings of one brand
-- share a MERGED_INDEX, that of the first of them.
SELECT
    V.LABEL_INDEX,
    MIN(V.LABEL_INDEX) OVER (
        PARTITION BY V.TYPE, COALESCE(N.NAME, V.LABEL_NAME)
    ) AS MERGED_INDEX
FROM LABELS AS V
LEFT JOIN VOCABULARY AS N
    ON V.LABEL_NAME = N.LABEL_NAME AND RIGHT(V.TYPE, LENGTH(N.TYPE_END)) = N.TYPE_END
WHERE V.TYPE <> 'object_detection' OR N.NAME IS NOT NULL
