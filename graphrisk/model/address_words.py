"""Words of postal addresses, as data: what stands before a flat's number, what says where in a building, what
says that a number follows. Lower case, without accents, letters only.

The lists need not be complete. A word that is missing is compared like any other; a flat behind an unknown
word then counts among the other numbers of its building.
"""

from __future__ import annotations

# Followed by a number or a letter (or, in writing without spaces, preceded by one): a flat.
UNIT_WORDS: tuple[str, ...] = (
    *("#", "apt", "apartment", "appartment", "unit", "flat", "flt", "suite", "ste", "room", "rm", "studio"),
    *("whg", "wohnung", "app", "zimmer", "zi", "tur", "appt", "appartement", "apart", "logement", "lgt"),
    *("chambre", "porte", "piso", "puerta", "pta", "dpto", "depto", "departamento", "apto", "apartamento"),
    *("casa", "sala", "fracao", "interno", "int", "m", "lok", "lokal", "mieszkanie", "mieszk", "byt", "kv"),
    *("kvartira", "кв", "квартира", "оф", "офис", "daire", "lakas", "lgh", "leil", "leilighet", "lejl", "as"),
    *("asunto", "bus", "plot", "house", "villa", "phong", "kamar", "διαμ", "διαμερισμα"),
    *("号室", "室", "房", "单元", "호", "شقة", "דירה"),
)

# Where in the building, and for whose eyes: may be left out or made up without a parcel going astray.
PLACE_WORDS: tuple[str, ...] = (
    *("floor", "fl", "flr", "level", "lvl", "storey", "story", "rear", "front", "side", "back", "door"),
    *("left", "right", "block", "blk", "bldg", "building", "tower", "wing", "entrance", "stair", "stairs"),
    *(
        "staircase",
        "bell",
        "buzzer",
        "intercom",
        "office",
        "ground",
        "basement",
        "bsmt",
        "penthouse",
        "upper",
    ),
    *(
        "lower",
        "lobby",
        "reception",
        "gate",
        "dock",
        "attn",
        "care",
        "ring",
        "knock",
        "behind",
        "near",
        "opp",
    ),
    *(
        "opposite",
        "next",
        "etage",
        "og",
        "eg",
        "ug",
        "dg",
        "stock",
        "hinterhaus",
        "vorderhaus",
        "hof",
        "links",
    ),
    *("rechts", "mitte", "aufgang", "treppe", "eingang", "klingel", "escalier", "esc", "batiment", "bat"),
    *(
        "gauche",
        "droite",
        "rez",
        "hall",
        "residence",
        "cour",
        "planta",
        "bajo",
        "escalera",
        "izquierda",
        "izq",
    ),
    *(
        "derecha",
        "dcha",
        "portal",
        "bloque",
        "edificio",
        "edif",
        "atico",
        "andar",
        "fundos",
        "bloco",
        "torre",
    ),
    *("esquerdo", "esq", "direito", "dto", "piano", "scala", "palazzina", "citofono", "pietro", "klatka"),
    *("brama", "budynek", "этаж", "подъезд", "корпус", "корп", "стр", "строение", "kat", "blok", "οροφος"),
    *("verdieping", "begane", "grond", "階", "棟", "楼", "層"),
)

# 'No 12', 'nr. 12': says only that a number follows.
NUMBER_WORDS: tuple[str, ...] = (
    *("no", "nr", "num", "numero", "number", "n", "hausnummer", "numer", "nummer", "d", "д", "дом", "αρ"),
)

# Between the numbers of a lot in East Asian addresses: all of them are the house's.
LOT_WORDS: tuple[str, ...] = ("丁目", "番", "番地", "号", "の", "巷", "弄", "丁")

# Letters that do not come apart into a base letter and an accent.
PLAIN_LETTERS: tuple[tuple[str, str], ...] = (
    *(("ł", "l"), ("ø", "o"), ("đ", "d"), ("ð", "d"), ("þ", "th"), ("æ", "ae"), ("œ", "oe"), ("ı", "i")),
    *(("ħ", "h"), ("ŧ", "t"), ("ς", "σ"), ("ё", "е"), ("ß", "ss")),
)

# Letters of other scripts that look like a Latin one: a word of mixed scripts is read as what it looks like.
LOOKALIKES: tuple[tuple[str, str], ...] = (
    *(("а", "a"), ("в", "b"), ("е", "e"), ("к", "k"), ("м", "m"), ("н", "h"), ("о", "o"), ("р", "p")),
    *(("с", "c"), ("т", "t"), ("у", "y"), ("х", "x"), ("і", "i"), ("ј", "j"), ("ѕ", "s"), ("ԁ", "d")),
    *(("α", "a"), ("β", "b"), ("ε", "e"), ("η", "n"), ("ι", "i"), ("κ", "k"), ("ν", "v"), ("ο", "o")),
    *(("ρ", "p"), ("τ", "t"), ("υ", "u"), ("χ", "x")),
)
