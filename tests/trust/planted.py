"""A warehouse with planted people and hostile names, to be looked for in whatever leaves it."""

from __future__ import annotations

import random
from pathlib import Path

from tests.trust.warehouses import A, L, P, S, base

#: What nobody may find outside the warehouse: ids, a bio, a caption, a post and an image.
PEOPLE = tuple(str(9_173_550_410 + 7_919 * i) for i in range(12))
BIO, CAPTION = "canarybio lives at 12 canary lane", "canarycaption of a private moment"
POST, IMAGE = "canarypost", "canaryimage"
PERSONAL = (*PEOPLE, "canarybio", "canary lane", "canarycaption", "private moment", POST, IMAGE)

#: Names of labels that a page, a script, a formula or a typesetter might take for its own.
LABELS = {
    "html": "<script>alert('hostile')</script>",
    "handler": '"><img src=x onerror=alert(1)>',
    "markdown": "[hostile](javascript:alert(1)) **bold** `{python} 1/0`",
    "shortcode": "{{< include /etc/passwd >}}",
    "attributes": "hostile ]{.x onclick=alert(1)}",
    "fence": "hostile\n:::\n```{=html}\n<b id=hostile>",
    "lua": "hostile' .. os.execute('id') .. '",
    "typst": "#read(\"/etc/passwd\") $ #panic() \\ @hostile <hostile>",
    "tex": "\\input{/etc/passwd} hostile^2_3",
    "formula": '=HYPERLINK("http://hostile.example";"x")',
    "at": "@SUM(1+1)*cmd|' /C calc'!A0",
    "sql": "hostile'; DROP TABLE MART_AUTHORS; --",
    "pipe": "hostile | a || b",
    "formulas": "hostile $x^$ and $\\frac{$",
    "unseen": "\u00a0",
}  # fmt: skip


def build(path: Path, authors: int = 300, images: int = 3000) -> Path:
    """Write a warehouse in which people and labels are planted."""
    made = base(11, authors, images, 500)
    draw = random.Random(11)
    renamed = dict(zip(dict.fromkeys(made.rows[A]["AUTHORID"]), PEOPLE, strict=False))
    for table in (A, S, P):
        made.rows[table]["AUTHORID"] = [
            int(renamed.get(author, author)) for author in made.rows[table]["AUTHORID"]
        ]
    made.rows[A]["BIO"] = [f"{BIO} {i}" for i in range(made.size(A))]
    made.rows[P]["POST_CAPTION"] = [f"{CAPTION} {i}" for i in range(made.size(P))]
    made.rows[P]["POST_ID"] = [f"{POST}{i}" for i in range(made.size(P))]
    made.rows[P]["IMAGE_ID"] = [i.replace("image", IMAGE) for i in made.rows[P]["IMAGE_ID"]]
    made.rows[L]["IMAGE_ID"] = [i.replace("image", IMAGE) for i in made.rows[L]["IMAGE_ID"]]
    for image in sorted(set(made.rows[P]["IMAGE_ID"])):
        if draw.random() < 0.5:
            name = draw.choice(list(LABELS.values()))
            made.add(L, IMAGE_ID=image, TYPE="pattern", LABEL_NAME=name,
                     POSITION_IN_IMAGE=[0.0, 0.1, 0.9, 0.9])  # fmt: skip
    return made.write(path)
