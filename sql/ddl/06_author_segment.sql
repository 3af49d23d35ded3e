-- Segments of authors as a slowly changing dimension: one row per author, method, segment and span
-- of validity, from VALID_FROM up to but without VALID_TO, which is NULL while a row is in force.
-- Closed rows are kept, so that any series can be made again as it was. Several segments of one
-- author are several rows, one of them the primary.
CREATE TABLE IF NOT EXISTS AUTHOR_SEGMENT (
    AUTHORID BIGINT NOT NULL,
    METHOD VARCHAR NOT NULL,
    METHOD_VERSION VARCHAR NOT NULL,
    SEGMENT VARCHAR NOT NULL,
    IS_PRIMARY BOOLEAN NOT NULL,
    PROBABILITY DOUBLE,
    VALID_FROM TIMESTAMP_NTZ NOT NULL,
    VALID_TO TIMESTAMP_NTZ,
    PRIMARY KEY (AUTHORID, METHOD, SEGMENT, VALID_FROM),
    FOREIGN KEY (METHOD, METHOD_VERSION) REFERENCES SEGMENTATION (METHOD, METHOD_VERSION)
);
