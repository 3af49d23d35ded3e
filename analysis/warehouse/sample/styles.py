"""What the styles look like: planted shares and log-lifts on scenes, objects, shoes and labels.

A style acts on five things: which scenes its authors photograph, which objects are in them,
which kind of shoe is worn, and how much likelier single labels are. All numbers are log-lifts at
separation 1; they are planted, not estimated from anything.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.randomness import stream
from analysis.warehouse.sample.targets import (
    BAG_BRAND,
    OBJECT,
    PATTERN,
    SHOE,
    SHOE_BRAND,
    labels,
)
from analysis.warehouse.sample.worlds import World

Floats = npt.NDArray[np.float64]

SCENES = ("portrait", "outfit", "objects", "outdoors", "interior")
SCENE_SHARES = (0.34, 0.30, 0.10, 0.12, 0.14)

KINDS = (
    "low sneaker",
    "high sneaker",
    "running",
    "canvas",
    "ankle boot",
    "combat boot",
    "high pump",
    "flat pump",
    "heeled sandal",
    "flat sandal",
    "mule",
    "slingback",
    "court sneaker",
    "weather boot",
)
KIND_SHARES = (
    0.195,
    0.075,
    0.080,
    0.050,
    0.095,
    0.075,
    0.060,
    0.080,
    0.060,
    0.085,
    0.040,
    0.040,
    0.030,
    0.035,
)
KIND_LETTERS = "abcdefghijklmn"

STYLES = (
    "little fashion",
    "classic",
    "sportswear",
    "streetwear",
    "luxury",
    "bohemian",
    "outdoor",
    "party",
    "accessories",
    "comfort",
)
# No rule of the lexicon names this one: it is there to be discovered.
UNNAMED = "comfort"
# Factor on all lifts at separation 1, set so that a classifier that knows the truth is right for
# most authors and not for all.
SEPARATION = 1.8
STYLE_SHARES = (0.26, 0.13, 0.12, 0.10, 0.06, 0.08, 0.07, 0.07, 0.06, 0.05)
# How the audience (standardised log followers) tilts the choice of style: weak, and planted.
STYLE_AUDIENCE = (-0.10, 0.02, 0.0, 0.03, 0.22, 0.02, -0.05, 0.10, 0.05, 0.0)
# How much likelier an account of the style is to have entered the panel than the average one.
STYLE_SELECTION = (0.70, 1.0, 0.90, 1.20, 1.80, 1.0, 0.80, 1.20, 1.10, 0.90)
# The same for the follower bands: Mainstream, Trendy, Edgy.
BAND_SELECTION = (0.90, 1.60, 3.0)

_SCENE_LIFTS = {
    "little fashion": "outfit:-.7 objects:.3 interior:.3 outdoors:.1",
    "classic": "outfit:.3 objects:-.2",
    "sportswear": "outdoors:.5 outfit:.1",
    "streetwear": "outfit:.4 interior:-.2",
    "luxury": "outfit:.5 objects:-.1",
    "bohemian": "outdoors:.2 outfit:.1",
    "outdoor": "outdoors:1.1 interior:-.5",
    "party": "portrait:.2 outfit:.2",
    "accessories": "portrait:.3 objects:.3",
    "comfort": "interior:.6",
}
_KIND_LIFTS = {
    "little fashion": "j:.6 m:.4 a:.5 e:-1.0 g:-1.3 l:-1.3 b:-.5 n:-.5 k:-.4 i:-.5 f:-.6",
    "classic": "h:1.6 l:.5 e:.5 b:-1.7 c:-1.3 n:-1.2 k:-.4 d:-.5 m:-1.2",
    "sportswear": "c:2.0 m:1.5 b:.2 g:-2.2 l:-2.2 h:-1.7 i:-1.7 e:-1.5 f:-1.2 k:-.6",
    "streetwear": "b:1.8 d:1.2 a:.4 f:.1 h:-1.5 i:-1.5 j:-1.1 g:-1.3 c:-.6 n:-.8",
    "luxury": "l:2.0 g:1.1 h:.2 c:-1.8 d:-1.5 b:-.9 n:-1.8 m:-1.5 j:-.6 a:-.7",
    "bohemian": "j:1.3 k:.5 f:.3 e:.4 b:-1.6 c:-1.6 g:-1.0 m:-1.3 n:-.8",
    "outdoor": "n:2.6 f:1.2 c:.4 g:-2.2 l:-2.0 i:-1.6 h:-1.1 b:-.8",
    "party": "i:2.0 g:1.4 c:-1.7 n:-1.9 d:-.9 m:-1.5 a:-.8 f:-.5",
    "accessories": "e:1.4 g:.2 i:.2 k:.3 c:-1.1 n:-1.2 b:-.7 m:-1.0",
    "comfort": "k:2.6 j:.1 d:.3 g:-1.9 l:-1.9 c:-.9 b:-1.0 e:-.8",
}
_OBJECT_LIFTS = {
    "little fashion": (
        "shoes:-.3 chair:.3 book:.3 dog:.3 cake:.4 bottle:.2 bowl:.3 coat:-.4 bag:-.5 belt:-.6"
    ),
    "classic": "shoes:.15 coat:.6 pants:.3 top:.1 belt:.3 book:.1 hat:-.2",
    "sportswear": (
        "shoes:.5 shorts:.8 sportsball:1.4 bottle:.3 bicycle:.6 dress:-.9 skirt:-.9 bench:.3"
    ),
    "streetwear": "shoes:.5 hat:.5 pants:.4 skateboard:1.5 neckwear:.2 dress:-.7 car:.2",
    "luxury": "shoes:.3 bag:.7 dress:.4 coat:.4 wristlet:.4 car:.4 glass:.3 eyewear:.2 shorts:-.5",
    "bohemian": "dress:.6 hat:.5 pottedplant:.5 vase:.4 skirt:.6 earring:.2 car:-.4",
    "outdoor": "shoes:.2 dog:.6 boat:.9 bicycle:.8 horse:.8 bird:.5 coat:.3 dress:-.8 glass:-.4",
    "party": "shoes:.15 dress:.8 glass:.7 earring:.5 skirt:.5 bra:.4 bottle:.3 cake:.2 book:-.4",
    "accessories": "bag:.9 eyewear:.8 earring:1.1 wristlet:.9 hat:.5 belt:.9 neckwear:.8",
    "comfort": "socks:1.2 couch:.9 bed:1.0 underpants:.8 cat:.5 shorts:.3 coat:-.3 belt:-.5",
}
_LABEL_LIFTS = {
    "little fashion": (
        "plain:.1 leather:-1 fur:-1 satin:-.8 tweed:-1.2 vinyl:-1 leopard:-.6 basicdenim:-.3 "
        "checked:-.5 stripes:.2 luxe:-1.3 on:.1 toeround:.2 toepointy:-.5 heelstiletto:-.5"
    ),
    "classic": (
        "pinstripes:1.6 linen:1.2 tweed:1.0 stripes:.8 checked:.3 camouflage:-1.5 leather:-.3 "
        "fur:-.7 tiedye:-1.4 sequin:-.9 leopard:-1 vinyl:-1 nike:-.4 toealmond:.4 "
        "pumpsderby:.5 closurelacing:.1 pumpsmoccassins:.6 pumpsmaryjane:.4 veja:.5 "
        "closurevelcro:-.6"
    ),
    "sportswear": (
        "mesh:1.8 bigpadded:.2 nike:.8 adidas:.8 on:.4 new_balance:.7 luxe:-1.4 leather:-.8 "
        "satin:-1 velvet:-1 tweed:-1.5 flowers:-.9 linen:-1.2 fur:-1.3 basicdenim:-1.1 "
        "stripes:-.3 solerubber:.3 closurevelcro:.5 toealmond:-.3"
    ),
    "streetwear": (
        "camouflage:1.5 tiedye:1.0 checkerboard:1.0 basicdenim:1.0 bigpadded:.4 stripes:-.4 "
        "nike:.6 adidas:.2 balencia:1.2 allover:.4 linen:-1 flowers:-1 satin:-.8 tweed:-1 "
        "lugsole:.3 toesquare:.3 closuredrawstring:.4"
    ),
    "luxury": (
        "luxe:1.9 tweed:1.6 satin:.9 fur:.9 leather:.6 stripes:-.4 checked:-.5 taffeta:1.1 "
        "basicdenim:-.5 camouflage:-1.3 tiedye:-1.3 nike:-.9 on:-.6 adidas:-.8 toepointy:.6 "
        "heelskinny:.4 singlesole:.3"
    ),
    "bohemian": (
        "flowers:1.9 leather:-.4 checked:-.4 suede:1.4 linen:.8 tiedye:1.0 velvet:.3 wax:1.2 "
        "tulle:.3 bigpadded:-.8 camouflage:-.8 vinyl:-.8 luxe:-.7 nike:-.5 closurebuckle:.4 "
        "heelchunky:.3 openback:.3 pumpsespadrille:.6"
    ),
    "outdoor": (
        "checked:1.4 stripes:-.5 fur:-.6 camouflage:.7 bigpadded:1.5 sequin:-1.3 satin:-1.3 "
        "tulle:-1.2 luxe:-1.4 leopard:-1 flowers:-.5 lugsole:.6 sneakerstrail:.9 "
        "bootshiking:.9 toeround:.2"
    ),
    "party": (
        "sequin:2.3 satin:1.2 vinyl:1.3 tulle:1.1 velvet:.6 leopard:1.2 zebra:.9 "
        "basicdenim:-.5 stripes:-.6 checked:-.9 linen:-.8 bigpadded:-.8 camouflage:-1 "
        "heelstiletto:.6 heelhigh:.3 louboutin:.8 sandalsstrappy:.5 on:-.5 new_balance:-.8"
    ),
    "accessories": (
        "allover:1.7 leather:1.4 fur:.8 checked:-.4 bags:.7 luxe:.3 stripes:-.4 "
        "basicdenim:-.3 mesh:-.7 closurebuckle:.5 closuredoublebuckle:.5 toesquare:.3 on:-.3"
    ),
    "comfort": (
        "dots:1.5 basicdenim:-.7 stripes:.3 mohair:1.5 velvet:.7 checkerboard:.8 leather:-.8 "
        "vinyl:-.9 luxe:-1.1 pinstripes:-.9 openback:.8 flatheel:.8 extendedsole:.5 "
        "lugsole:-.4 nike:-.4"
    ),
}
_GROUPS = {
    "luxe": (
        "balencia dior gucci louboutin chanel hermes prada miu_miu louisvuitton bottegaveneta "
        "alexandermcqueen chloe ysl celine saintlaurent fendi miumui"
    ),
    "bags": (
        "chanel dior bottegaveneta louisvuitton celine prada saintlaurent gucci fendi jacquemus "
        "miumui chloe"
    ),
}

# Which kinds of shoe a shoe label describes, and how readily.
_SHOE_KINDS = {
    "heelflat": "abcdm:.9 hj:.8 n:.7 f:.5 k:.5 e:.2",
    "noheel": "abcdm:.95 j:.7 n:.6 h:.5 f:.4 k:.5",
    "closedback": "abcdm:.7 efn:.6 gh:.6",
    "sneakers": "abcdm:1",
    "toeround": "abcdm:.6 fn:.6 hk:.3 e:.2",
    "solerubber": "abcdm:.65 n:.6 f:.4",
    "closurelacing": "abcdm:.6 f:.5 n:.4 h:.15",
    "toealmond": "egh:.6 k:.4 l:.3 a:.25 c:.25",
    "sneakerlowtop": "a:1 d:.5 m:.6 c:.3",
    "sneakerslimsole": "a:.9 d:.7 m:.3",
    "boots": "efn:1",
    "pumps": "ghl:1",
    "sandals": "ij:1",
    "sneakerhightop": "b:1 d:.2",
    "singlesole": "gh:.5 il:.4",
    "muleback": "k:1 j:.2 i:.1",
    "toepointy": "l:1 g:.8 e:.2",
    "heelchunky": "e:.6 i:.4 f:.3 g:.1",
    "sneakersegmented": "c:.8 b:.3 a:.1",
    "sneakersbasketball": "b:1 a:.05",
    "sneakersrunning": "c:1 n:.05",
    "lugsole": "f:1 n:.7 e:.1",
    "closurebuckle": "j:.4 h:.3 f:.3 e:.2 k:.2",
    "heelhigh": "g:1 i:.7 e:.1 l:.2",
    "sandalankle": "i:1 j:.3",
    "sneakersother": "a:.2 d:.3 m:.4 c:.1",
    "slingback": "l:1 g:.1",
    "plainpumps": "g:1 l:.4 h:.2",
    "heeled": "gi:.5 l:.3 e:.2",
    "sandalsclassicstraps": "j:1 i:.3",
    "lifestylerunningsneakers": "c:.7 a:.3",
    "heelmid": "l:1 e:.5 h:.3 i:.3",
    "heelskinny": "g:1 i:.6 l:.5",
    "canvastypesneakers": "d:1",
    "sneakerscourt": "m:1 a:.15",
    "heelstiletto": "g:1 i:.5 l:.2",
    "bootslowcalf": "e:1 f:.7 n:.3",
    "closurevelcro": "b:.2 c:.3 j:.3 m:.3",
    "bootsmidcalf": "f:.8 e:.6 n:.6",
    "pumpsderby": "h:1",
    "pumpsclogs": "k:1",
    "sandalsthong": "j:1",
    "sportbasketballsneakers": "b:1",
    "toesquare": "k:.6 i:.6 l:.4 g:.3 b:.1",
    "sneakersplitsegmented": "c:1 b:.2",
    "slimskatersneakers": "d:1",
    "bootscombat": "f:1",
    "trainerrunninsneakers": "c:1",
    "sneakerstrail": "c:.3 n:1",
    "heelblock": "e:.7 h:.3 i:.4",
    "performancefootballsneakers": "m:1 c:.2",
    "flatheel": "h:.5 k:.8 j:.3",
    "bootssockpullon": "e:1",
    "heellow": "h:.8 l:.5 k:.3",
    "bootsankle": "e:1 f:.2",
    "sneakersretrorunning": "c:1 a:.2",
    "openback": "k:1 i:.2",
    "retrofootballsneakers": "m:1 a:.3",
    "sandalscrisscross": "j:.8 i:.5",
    "sliponsneakers": "d:.8 k:.3",
    "pumpsmaryjane": "h:1 g:.2",
    "flatpumpsballerina": "h:1",
    "sandalstbar": "i:.7 j:.5",
    "sneakerplatform": "a:.5 d:.5",
    "closuredrawstring": "c:.4 n:.4 b:.3",
    "bubblesole": "b:.7 c:.6",
    "sneakerssockpullon": "b:.5 c:.6",
    "bootshiking": "n:1",
    "closuredoublebuckle": "j:.5 f:.4 k:.4",
    "extendedsole": "k:.4 i:.4 f:.3",
    "rainboots": "n:1",
    "dressboots": "e:1",
    "sandalsstrappy": "i:1",
    "pumpsmoccassins": "h:1",
    "colourlayeredsole": "b:.4 c:.5",
    "pumpsespadrille": "h:.5 k:.5",
    "sandalmidcalf": "j:1",
    "duckboots": "n:1",
    "sneakersskater": "d:1",
    "heelcone": "g:.6 l:.5",
    "sandalscutout": "i:1",
    "mulesneakers": "k:1 a:.1",
    "bootsthighhigh": "e:1",
    "heelflared": "e:.6 g:.4",
    "sneakerstennis": "m:1",
    "flatform": "j:.6 k:.4",
}
# Lifts of the binary trait that crosses all styles, on one side and with the other sign.
_TRAIT_OBJECTS = "dress skirt earring bra bag:.6 -neckwear -sportsball:.6 -hat:.5 -shorts:.5"
_TRAIT_KINDS = "g:1.2 i:1.2 l:1.2 h:.4 e:.4 b:-.8 c:-.3 f:-.4 m:-.8"
_TRAIT_LABELS = "flowers sequin satin tulle:.7 leopard:.7 camouflage:-1 checked:-.6 nike:-.2"


def _lifts(text: str) -> dict[str, float]:
    """Read ``name:value`` pairs; a bare name counts 1, a leading minus turns the sign."""
    found: dict[str, float] = {}
    for part in text.split():
        name, _, number = part.removeprefix("-").partition(":")
        sign = -1.0 if part.startswith("-") else 1.0
        found[name] = sign * float(number or 1)
    return found


def _label_vector(text: str) -> Floats:
    table = labels()
    vector = np.zeros(len(table.names))
    for name, lift in _lifts(text).items():
        members = _GROUPS.get(name, name).split()
        kinds = (SHOE, PATTERN, SHOE_BRAND, BAG_BRAND) if name != "bags" else (BAG_BRAND,)
        for kind in kinds:
            for number in table.of(kind):
                if table.names[number] in members:
                    vector[number] += lift
    return vector


def _object_vector(text: str) -> Floats:
    table = labels()
    vector = np.zeros(len(table.names))
    for name, lift in _lifts(text).items():
        vector[table.number(OBJECT, name)] = lift
    return vector


def _kind_vector(text: str) -> Floats:
    vector = np.zeros(len(KINDS))
    for letters, lift in _lifts(text).items():
        for letter in letters:
            vector[KIND_LETTERS.index(letter)] = lift
    return vector


def _scene_vector(text: str) -> Floats:
    lifts = _lifts(text)
    return np.array([lifts.get(scene, 0.0) for scene in SCENES])


def shoe_affinity() -> Floats:
    """Return how readily each shoe label describes each kind of shoe, (86, 14)."""
    table = labels()
    rows = [_kind_vector(_SHOE_KINDS[table.names[number]]) for number in table.of(SHOE)]
    return np.asarray(rows)


@dataclass(frozen=True)
class Signatures:
    """Planted log-lifts.

    Attributes
    ----------
    scenes : (S, 5) float64
    kinds : (S, 14) float64
    labels : (S, 245) float64
        Objects and described labels; no lift of shoe labels repeats that of their kind.
    trait_kinds, trait_labels : (14,) and (245,) float64
        Lifts of the crossing trait per unit of the trait (plus or minus one).
    """

    scenes: Floats
    kinds: Floats
    labels: Floats
    trait_kinds: Floats
    trait_labels: Floats


def signatures(world: World) -> Signatures:
    """Return the signatures of a world: separation scales styles, nuisance the trait."""
    jitter = stream(0, "signatures").normal(size=(len(STYLES), len(labels().names)))
    lifts = np.array(
        [_object_vector(_OBJECT_LIFTS[s]) + _label_vector(_LABEL_LIFTS[s]) for s in STYLES]
    )
    # Within a kind of shoe most labels are nearly certain or nearly absent: a lift on top of that
    # of the kind stays small, or the draws would saturate.
    weight = np.where(labels().types == SHOE, 0.4, 1.0)
    jitter[:, labels().types == SHOE] = 0.0
    s = SEPARATION * world.separation
    return Signatures(
        scenes=s * np.array([_scene_vector(_SCENE_LIFTS[name]) for name in STYLES]),
        kinds=_balanced(s * np.array([_kind_vector(_KIND_LIFTS[name]) for name in STYLES])),
        labels=s * (weight * lifts + 0.15 * jitter),
        trait_kinds=world.nuisance * _kind_vector(_TRAIT_KINDS),
        trait_labels=world.nuisance
        * (_object_vector(_TRAIT_OBJECTS) + _label_vector(_TRAIT_LABELS)),
    )


def _balanced(lifts: Floats) -> Floats:
    """Shift the lifts of each kind until the styles together wear the kinds in their shares."""
    shares, styles = np.array(KIND_SHARES), np.array(STYLE_SHARES)
    for _ in range(60):
        rates = shares * np.exp(lifts)
        rates /= rates.sum(axis=1, keepdims=True)
        lifts = lifts + np.log(shares / (styles @ rates))
    return np.asarray(lifts)


def mixed(weights: Floats, lifts: Floats, trait: Floats, side: Floats) -> Floats:
    """Return the rate factors of profiles: styles mix on the scale of rates, the trait multiplies.

    Parameters
    ----------
    weights : (p, S) float64
        Style weights of the profiles.
    lifts : (S, m) float64
        Log-lifts.
    trait : (m,) float64
        Log-lift of the crossing trait.
    side : (p,) float64
        Plus or minus one.
    """
    # Added style by style: a matrix product may round differently on another machine, and draws
    # are compared with what comes out here.
    rates = np.zeros((weights.shape[0], lifts.shape[1]))
    for style, lift in enumerate(np.exp(lifts)):
        rates += weights[:, [style]] * lift
    return np.asarray(rates * np.exp(np.outer(side, trait)))
