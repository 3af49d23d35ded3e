-- Four marts of a few hundred authors; every choice is a digit of an md5, so it never changes.
CREATE MACRO DRAW(SALT, I, N) AS
    CAST(CONCAT('0x', LEFT(MD5(CONCAT(SALT, '/', I)), 7)) AS BIGINT) % N;

CREATE TABLE MART_AUTHORS AS
SELECT
    7000 + 13 * I AS AUTHORID,
    CASE DRAW('bio', I, 5)
        WHEN 0 THEN NULL WHEN 1 THEN ''
        WHEN 2 THEN 'two lines' || CHR(10) || 'official "shop" 👟'
        WHEN 3 THEN 'ambassador, code in bio ' || REPEAT('x', 20)
        ELSE REPEAT('é ', 90)
    END AS BIO,
    IF(DRAW('null', I, 20) = 0, NULL, CAST(EXP(DRAW('size', I, 1300) / 100.0) AS BIGINT)) AS NB_FOLLOWERS,
    CAST(IF(DRAW('follows', I, 15) = 0, NULL, DRAW('f', I, 7600)) AS INTEGER) AS NB_FOLLOWS
FROM RANGE(240) AS R (I);
INSERT INTO MART_AUTHORS
SELECT 4321, NULL, CASE I WHEN 5 THEN 5687047 WHEN 6 THEN 110 END, NULL FROM RANGE(12) AS R (I);

CREATE TABLE MART_AUTHORS_SEGMENTATIONS AS
SELECT
    7000 + 13 * I AS AUTHORID,
    'us' AS GEO_ZONE,
    CAST(
        IF(
            DRAW('other', I, 15) = 0, NULL,
            CAST(EXP(DRAW('size', I, 1300) / 100.0) AS BIGINT)
            + CASE WHEN DRAW('dec', I, 9) = 0 THEN 0.625 WHEN DRAW('dec', I, 9) = 1 THEN 30 ELSE 0 END
        ) AS DECIMAL(18, 6)
    ) AS NB_FOLLOWERS,
    DRAW('flag', I, 12) = 0 AS FASHION_INTEREST_SEGMENT
FROM RANGE(20, 360) AS R (I);
INSERT INTO MART_AUTHORS_SEGMENTATIONS VALUES (4321, 'us', 55555.5, FALSE);

CREATE TABLE MART_IMAGES_OF_POSTS AS
SELECT
    MD5(CONCAT('post', IF(I % 40 = 1, I - 1, I))) AS POST_ID,
    7000 + 13 * CAST(POW(DRAW('who', I, 1000) / 1000.0, 2) * 370 AS BIGINT) AS AUTHORID,
    CAST(IF(DRAW('c', I, 2) = 0, 0, DRAW('comments', I, 60)) AS INTEGER) AS COMMENT_COUNT,
    CASE DRAW('caption', I, 6)
        WHEN 0 THEN NULL WHEN 1 THEN ''
        WHEN 2 THEN 'link in bio,' || CHR(10) || 'so "nice", ok'
        WHEN 3 THEN 'Sponsored by a house'
        WHEN 4 THEN 'use code X; 你好'
        ELSE 'plain; words'
    END AS POST_CAPTION,
    CAST(CASE DRAW('l', I, 7) WHEN 0 THEN 0 WHEN 1 THEN 3 ELSE DRAW('likes', I, 900) END AS INTEGER) AS NB_LIKES,
    TIMESTAMP '2023-01-01 00:00:06' + TO_SECONDS(DRAW('when', I, 400) * 86400 + DRAW('s', I, 80000)) AS POST_PUBLICATION_DATE,
    MD5(CONCAT('image', IF(I % 50 = 7, I - 7, I))) AS IMAGE_ID
FROM RANGE(4000) AS R (I);
INSERT INTO MART_IMAGES_OF_POSTS
SELECT MD5('again'), AUTHORID, 1, NULL, 2, POST_PUBLICATION_DATE + TO_DAYS(20), IMAGE_ID
FROM MART_IMAGES_OF_POSTS WHERE IMAGE_ID <= '0a' ORDER BY ALL;
INSERT INTO MART_IMAGES_OF_POSTS
SELECT MD5('nowhere' || I), 99, 0, NULL, 0, TIMESTAMP '2023-05-05 05:05:05', MD5('elsewhere' || I)
FROM RANGE(3) AS R (I);

CREATE TABLE MART_IMAGES_LABELS AS
WITH KINDS (K, BASE, EXTRA) AS (
    VALUES
    (0, 'top', 'pattern/stripes'), (1, 'top', 'pattern/checked'), (2, 'pants', 'pattern/basicdenim'),
    (3, 'coat', 'pattern/leather'), (4, 'shoes', 'shoe/sneakers,shoe/sneakerhightop'),
    (5, 'shoes', 'shoe/sandals,shoe/heelchunky'), (6, 'bag', 'bag_brand/balenciaga'),
    (7, 'shoes', 'shoe/sneakerlowtop,shoe/closurelacing,shoe_brand/nike'),
    (8, 'human', ''), (9, 'dress', 'pattern/flowers,pattern/plain'), (10, 'shoes', 'shoe_brand/balencia'),
    (11, '', 'pattern/plain')
),

ITEMS AS (
    SELECT
        MD5(CONCAT('image', I)) AS IMAGE_ID, J,
        DRAW('kind', I * 10 + J, 12) AS K,
        [DRAW('x', I * 10 + J // 2, 500), DRAW('y', I * 10 + J // 2, 500), 700 + J, 900] AS BOX
    FROM RANGE(4200) AS R (I), UNNEST(RANGE(1 + DRAW('items', I, 4))) AS U (J)
    WHERE DRAW('labelled', I, 10) < 8
),

LABELLED AS (
    SELECT IMAGE_ID, BOX, UNNEST(STRING_SPLIT('object_detection/' || BASE || ',' || EXTRA, ',')) AS LABEL
    FROM ITEMS INNER JOIN KINDS USING (K)
)

SELECT
    IMAGE_ID,
    SPLIT_PART(LABEL, '/', 1) AS TYPE,
    LIST_TRANSFORM(BOX, LAMBDA V : CAST(V / 1000.0 AS FLOAT)) AS POSITION_IN_IMAGE,
    SPLIT_PART(LABEL, '/', 2) AS LABEL_NAME
FROM LABELLED WHERE SPLIT_PART(LABEL, '/', 2) <> '';
DROP MACRO DRAW;
