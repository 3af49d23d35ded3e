"""Bios and captions, built from word lists written for this purpose: nobody ever wrote them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from analysis.randomness import stream
from analysis.warehouse.sample.accounts import KINDS
from analysis.warehouse.sample.activity import Rows
from analysis.warehouse.sample.populations import Authors
from analysis.warehouse.sample.quotas import choose, choose_categories, scaled

Ints = npt.NDArray[np.int64]

LANGUAGES = ("en", "es", "pt", "fr", "it", "de", "ko", "ja", "ar", "ru")
SHARES = (0.74, 0.11, 0.04, 0.03, 0.02, 0.015, 0.015, 0.01, 0.01, 0.01)

_OPENINGS = {
    "en": (
        "slow morning|back outside|small joys|still thinking about this|late lunch|new week|"
        "weekend mode|city walk|nothing planned|one more from yesterday|golden light|rainy day|"
        "first cold day|front row seat|out of office|quiet corner|on repeat|after work|"
        "mirror check|long way home|good company|taking it easy|lately|before the storm"
    ),
    "es": "buenos días|paseo tranquilo|sin planes|otra de ayer|por fin viernes|luz linda",
    "pt": "bom dia|sem pressa|mais uma de ontem|fim de semana|luz linda|de volta",
    "fr": "petit matin|balade en ville|encore une d'hier|enfin vendredi|douce lumière|de retour",
    "it": "buongiorno|senza fretta|ancora ieri|finalmente venerdì|bella luce",
    "de": "guten Morgen|ohne Plan|noch eins von gestern|endlich Freitag|schönes Licht",
    "ko": "느긋한 아침|산책 중|어제 사진|주말 기분|좋은 빛",
    "ja": "ゆっくりな朝|散歩の途中|昨日の一枚|週末の気分|きれいな光",
    "ar": "صباح هادئ|نزهة في المدينة|صورة من الأمس|نهاية الأسبوع",
    "ru": "тихое утро|прогулка|ещё одно вчерашнее|наконец пятница|мягкий свет",
}
_MIDDLES = {
    "en": (
        "with my favourite people|and a good coffee|somewhere near the water|in the old town|"
        "wearing what I found in the back of the closet|layers again|all the colours today|"
        "this jacket does not leave me|trying something new|the usual corner table|"
        "dressed for the wrong weather|two sizes too big and I like it|on the way to dinner|"
        "shoes first, plan later|thrifted and happy|no filter needed|three looks, one suitcase|"
        "between two meetings|counting the days to summer|keeping it simple|soft knit season|"
        "new laces, old pair|what do you think?|swipe if you like dogs|same place, other season"
    ),
    "es": "con mi gente|y un buen café|cerca del mar|probando algo nuevo|sencillo y ya",
    "pt": "com gente boa|e um café|perto do mar|testando algo novo",
    "fr": "avec les amis|et un bon café|au bord de l'eau|un essai|tout simple",
    "it": "con gli amici|e un buon caffè|vicino al mare|qualcosa di nuovo",
    "de": "mit guten Leuten|und Kaffee|am Wasser|mal etwas Neues",
    "ko": "좋은 사람들과|커피 한 잔|바다 근처에서|새로운 시도",
    "ja": "好きな人たちと|コーヒーと|海の近くで|新しい試み",
    "ar": "مع الأصدقاء|وقهوة جيدة|قرب البحر|شيء جديد",
    "ru": "с друзьями|и кофе|у воды|что-то новое",
}
_MARKS = "|✨|🤍|☀️|🌿|🔥|🫶|🌊|💫|🍂|😅|📍|🖤|☕️|🐶|❄️|🌸|👟|👜|🙃"
_TAGS = (
    "||||#outfit #daily|#streetwear|#ootd|#vintagefinds|#run #morning|#slowliving|"
    "#weekendlook #city|#sneakers|#newin|#knitwear|#trail #outside|#partydress|#minimal|"
    "#denim|#travel #light|#homeoffice|#bagoftheday"
)
_BIO_WHO = {
    "en": "Mom of two|Student|Runner|Photographer|Teacher|Stylist|Barista|Nurse|Designer|"
    "Dog person|Coffee first|Small town girl|Collector of shoes|Stylist in training|Traveler|"
    "Florist|Dancer|Coach|Writer|Home cook",
    "es": "Mamá|Estudiante|Fotógrafa|Bailarina|Profe|Cafetera",
    "pt": "Mãe|Estudante|Fotógrafo|Professora",
    "fr": "Étudiante|Photographe|Maman|Styliste",
    "it": "Studentessa|Fotografo|Stilista",
    "de": "Studentin|Fotograf|Lehrerin",
    "ko": "학생|사진|디자이너",
    "ja": "学生|写真|デザイナー",
    "ar": "طالبة|مصور|أم",
    "ru": "Студентка|Фотограф|Мама",
}
_BIO_WHERE = (
    "|NYC|LA|Texas|Chicago|Miami|the coast|ATL|Portland|somewhere sunny|the Midwest|Boston|Vegas"
)
_BIO_END = (
    "|write me|all opinions mine|living slowly|she/her|he/him|prices on request|"
    "🌴 ☀️|✌️|🧵 made by hand|links below|est. 1994|🐾|📷 film only|size 9"
)
# What accounts of a kind say of themselves; persons never do.
_BIO_TRADE = (
    "",
    "Small online shop|Boutique for good basics|Vintage store, new finds weekly|"
    "Handmade, every piece to order|Shipping on Mondays|Tienda de ropa",
    "Official account|Slow fashion brand|One collection a year|A label for rainy places|"
    "Knitwear since 1987",
    "Ambassador of slow mornings|Partner of small makers|Your discount is in my stories|"
    "Promo by mail|Open for a collab",
)
_PAID = (
    "thanks to my commercial partner for this one",
    "sponsored | all words are mine",
    "with my commercial partner today",
    "sponsor of the week: the brand on my feet",
)
_SOLD = (
    "new arrival, only a few of them",
    "available now in all sizes",
    "shop now, the link in bio knows the way",
    "back in store from tomorrow",
    "free shipping until Sunday",
)
_CODES = (
    "use code MORNING for a little less",
    "my code still works this week",
    "promo code in the first comment",
)
SPONSORED_AUTHORS = 25


def _cut(text: str) -> list[str]:
    return text.split("|")


def _pick(rng: np.random.Generator, words: dict[str, str], tongue: Ints) -> npt.NDArray[np.int32]:
    """Return a position in the joined list of all languages for each row's own language."""
    sizes = np.array([len(_cut(words[name])) for name in LANGUAGES])
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    draws = np.floor(rng.random(tongue.size) ** 1.5 * sizes[tongue]).astype(np.int32)
    return np.asarray(starts[tongue] + draws, dtype=np.int32)


def _all(words: dict[str, str]) -> list[str]:
    return [word for name in LANGUAGES for word in _cut(words[name])]


def _gather(words: list[str], position: npt.NDArray[np.int32]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(position), pa.array(words)).dictionary_decode()


def draw_languages(seed: int, block: int, n: int) -> Ints:
    """Return the language of each author."""
    return choose_categories(stream(seed, "language", block), np.tile(SHARES, (n, 1)))


def draw_bios(seed: int, block: int, tongue: Ints, authors: Authors) -> pa.Array:
    """Return BIO: several lines, sometimes empty; NULL mostly where NB_FOLLOWS is NULL too."""
    rng = stream(seed, "bios", block)
    n = tongue.size
    who = _gather(_all(_BIO_WHO), _pick(rng, _BIO_WHO, tongue))
    where = _gather(_cut(_BIO_WHERE), rng.integers(0, 13, n).astype(np.int32))
    end = _gather(_cut(_BIO_END), rng.integers(0, 15, n).astype(np.int32))
    joint = _gather([" | ", "\n", " · ", " "], rng.integers(0, 4, n).astype(np.int32))
    text = pc.binary_join_element_wise(who, joint, where, "\n", end, "")
    text = pc.utf8_trim_whitespace(text)
    says = rng.random(n) < np.array([kind.bio for kind in KINDS])[authors.kind]
    for kind, words in enumerate(_BIO_TRADE):
        mine = np.flatnonzero(says & (authors.kind == kind))
        trade = _gather(_cut(words), rng.integers(0, len(_cut(words)), mine.size).astype(np.int32))
        longer = pc.binary_join_element_wise(trade, text.take(pa.array(mine)), "\n")
        text = pc.replace_with_mask(text, pa.array(says & (authors.kind == kind)), longer)
    empty = ~says & (rng.random(n) < 0.10)
    text = pc.if_else(pa.array(empty), "", text)
    null = rng.random(n) < np.where(authors.follows < 0, 0.97, np.where(says, 0.0, 0.10))
    return pc.if_else(pa.array(null), pa.scalar(None, pa.string()), text)


def caption_codes(
    seed: int, block: int, scale: float, authors: Authors, rows: Rows, tongue: Ints
) -> npt.NDArray[np.int32]:
    """Return six numbers per row that :func:`captions` turns into text, (m, 6) int32."""
    rng = stream(seed, "captions", block)
    m = rows.size
    codes = np.zeros((m, 6), dtype=np.int32)
    speaks = tongue[rows.author]
    speaks = np.where(rng.random(m) < 0.1, 0, speaks)
    codes[:, 0] = _pick(rng, _OPENINGS, speaks)
    codes[:, 1] = _pick(rng, _MIDDLES, speaks)
    codes[:, 2] = rng.integers(0, len(_cut(_MARKS)), m)
    codes[:, 3] = rng.integers(0, len(_cut(_TAGS)), m)
    codes[:, 4] = rng.integers(0, 4, m)
    # Hardly anybody says that a post is paid for. The few who always do are those who hardly post.
    able = np.flatnonzero(authors.labelled & authors.in_mart & (rows.per_author > 0))
    paid = able[choose(rng, 1.0 / rows.per_author[able], scaled(SPONSORED_AUTHORS, scale))]
    always = np.zeros(authors.size, dtype=bool)
    always[paid] = True
    kind = authors.kind[rows.author]
    free = np.ones(m, dtype=bool)
    first = 1
    for lines, name in ((_PAID, "sponsor"), (_SOLD, "shop"), (_CODES, "code")):
        chance = np.array([getattr(k, name) for k in KINDS])[kind]
        says = free & (rng.random(m) < chance)
        if name == "sponsor":
            says |= always[rows.author]
        codes[says, 5] = first + rng.integers(0, len(lines), int(says.sum()))
        free &= ~says
        first += len(lines)
    bare = free & (rng.random(m) < 0.05)
    codes[bare, 5] = -1
    # Images of one post share its caption.
    head = np.searchsorted(rows.post, rows.post, side="left")
    return codes[head]


def captions(codes: npt.NDArray[np.int32]) -> pa.Array:
    """Return POST_CAPTION of a slice of rows."""
    n = codes.shape[0]
    opening = _gather(_all(_OPENINGS), codes[:, 0])
    middle = _gather(_all(_MIDDLES), codes[:, 1])
    mark = _gather(_cut(_MARKS), codes[:, 2])
    tags = _gather(_cut(_TAGS), codes[:, 3])
    joint = _gather([", ", "\n", " ", "\n\n"], codes[:, 4])
    paid = _gather(
        ["", *(f"{line}\n" for line in (*_PAID, *_SOLD, *_CODES))], np.maximum(codes[:, 5], 0)
    )
    text = pc.binary_join_element_wise(paid, opening, joint, middle, " ", mark, "\n", tags, "")
    text = pc.utf8_trim_whitespace(text)
    return pc.if_else(pa.array(codes[:, 5] == -1), pa.scalar("", pa.string()), text) if n else text
