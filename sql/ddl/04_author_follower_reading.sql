-- One row per reading of an account's followers. A count without a date cannot be applied to posts
-- of years without looking ahead; readings can be joined as of the day of a post.
CREATE TABLE IF NOT EXISTS AUTHOR_FOLLOWER_READING (
    AUTHORID BIGINT NOT NULL,
    READ_AT TIMESTAMP_NTZ NOT NULL,
    NB_FOLLOWERS NUMBER(18, 6) NOT NULL,
    SOURCE VARCHAR NOT NULL,
    PRIMARY KEY (AUTHORID, READ_AT, SOURCE)
);
