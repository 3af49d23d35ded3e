-- One row per label of an item. "Red T-shirt" is a join on ITEM_ID, not a comparison of texts. Rows
-- lie in the order of labels, so that a question about a few labels reads a few of the rows.
CREATE TABLE IF NOT EXISTS ITEM_LABEL (
    ITEM_ID BIGINT NOT NULL REFERENCES DETECTED_ITEM (ITEM_ID),
    LABEL_ID INTEGER NOT NULL REFERENCES DIM_LABEL (LABEL_ID),
    CONFIDENCE DOUBLE,
    MODEL_VERSION VARCHAR NOT NULL,
    PRIMARY KEY (ITEM_ID, LABEL_ID, MODEL_VERSION)
) CLUSTER BY (LABEL_ID, ITEM_ID);
