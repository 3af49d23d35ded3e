-- One row per version of a way to segment: the rule is in the data, with all it takes to repeat it.
-- PARAMETERS is a JSON object; SCORING_QUERY is the statement that assigned the authors. A version
-- never changes: another rule is another version.
CREATE TABLE IF NOT EXISTS SEGMENTATION (
    METHOD VARCHAR NOT NULL,
    METHOD_VERSION VARCHAR NOT NULL,
    AXIS VARCHAR NOT NULL,
    DESCRIPTION VARCHAR NOT NULL,
    PARAMETERS VARCHAR NOT NULL,
    SCORING_QUERY VARCHAR NOT NULL,
    DATA_FROM DATE,
    DATA_TO DATE,
    CREATED_AT TIMESTAMP_NTZ NOT NULL,
    PRIMARY KEY (METHOD, METHOD_VERSION)
);
