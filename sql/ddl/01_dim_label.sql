-- One row per thing that a detector can say. Label rows then carry a number in place of two texts,
-- spellings meet in one name, and what is not fashion is marked once.
CREATE TABLE IF NOT EXISTS DIM_LABEL (
    LABEL_ID INTEGER NOT NULL PRIMARY KEY,
    TYPE VARCHAR NOT NULL,
    LABEL_NAME VARCHAR NOT NULL,
    CANONICAL_NAME VARCHAR NOT NULL,
    IS_FASHION BOOLEAN NOT NULL,
    UNIQUE (TYPE, LABEL_NAME)
);
