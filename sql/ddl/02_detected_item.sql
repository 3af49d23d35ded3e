-- One row per item that was seen in an image: the box gets an identity, four numbers, the certainty
-- of the detector and the version of it that spoke. A row without numbers stands for what was seen
-- somewhere in the image: it belongs to no item that can be told apart.
CREATE TABLE IF NOT EXISTS DETECTED_ITEM (
    ITEM_ID BIGINT NOT NULL PRIMARY KEY,
    IMAGE_ID VARCHAR NOT NULL,
    BOX_1 DOUBLE,
    BOX_2 DOUBLE,
    BOX_3 DOUBLE,
    BOX_4 DOUBLE,
    CONFIDENCE DOUBLE,
    MODEL_VERSION VARCHAR NOT NULL
) CLUSTER BY (ITEM_ID);
