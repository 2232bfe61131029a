"""The elements and attributes that readers get; all others are removed."""

TAGS = set(
    (
        "a abbr aside b bdi bdo blockquote br caption cite code col colgroup dd del dfn div dl "
        "dt em figcaption figure h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q rp rt ruby "
        "s samp small span strong sub sup table tbody td tfoot th thead time tr u ul var"
    ).split()
)
EVERYWHERE = {"dir", "lang", "title"}
"""Attributes that any element may have."""
ATTRIBUTES = {
    "a": {"href", "hreflang", "rel"},
    "blockquote": {"cite"},
    "col": {"span"},
    "colgroup": {"span"},
    "del": {"cite", "datetime"},
    "img": {"alt", "height", "src", "width"},
    "ins": {"cite", "datetime"},
    "li": {"value"},
    "ol": {"reversed", "start", "type"},
    "q": {"cite"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"abbr", "align", "colspan", "rowspan", "scope"},
    "time": {"datetime"},
}
PLAYERS = {
    "audio": {"controls", "src"},
    "iframe": {"allowfullscreen", "height", "src", "title", "width"},
    "video": {"controls", "height", "poster", "src", "width"},
}
"""Elements that only ``resolve_embeds`` makes, with their attributes."""
FORMULA_TAGS = set(
    (
        "math merror mfrac mi mmultiscripts mn mo mover mpadded mprescripts mroot mrow ms "
        "mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover semantics"
    ).split()
)
"""The elements of formulas (MathML Core)."""
FORMULA_ATTRIBUTES = set(
    (
        "accent accentunder alttext columnspan depth dir display displaystyle fence form height "
        "largeop linethickness lspace mathvariant maxsize minsize movablelimits rowspan rspace "
        "scriptlevel separator stretchy symmetric voffset width"
    ).split()
)
REL = {"nofollow", "sponsored", "ugc"}
"""Words about a link that mean something outside of the page: who paid for it, who wrote it."""
