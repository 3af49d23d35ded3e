-- What a publication would change, kept for the session: rows as they will be written. CHANGE is
-- kept, opened, closed or changed.
CREATE OR REPLACE TEMPORARY TABLE SEGMENT_CHANGES (
    AUTHORID BIGINT,
    METHOD VARCHAR,
    METHOD_VERSION VARCHAR,
    SEGMENT VARCHAR,
    IS_PRIMARY BOOLEAN,
    PROBABILITY DOUBLE,
    CHANGED_AT TIMESTAMP_NTZ,
    CHANGE VARCHAR
);
