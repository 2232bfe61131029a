"""The elements and attributes that readers get; all others are removed."""

TAGS = set(
    (
        "a abbr aside b bdi bdo blockquote br caption cite code col colgroup dd del dfn div dl "
        "dt em figcaption figure h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q rp rt ruby "
        "s samp small span strong sub sup table tbody td tfoot th thead time tr u ul var"
    ).split()
)
EVERYWHERE = {"dir", "lang"}
"""Attributes that any element may have."""
ATTRIBUTES = {
    "a": {"href", "hreflang", "title"},
    "abbr": {"title"},
    "blockquote": {"cite"},
    "img": {"alt", "height", "src", "title", "width"},
    "li": {"value"},
    "ol": {"reversed", "start", "type"},
    "q": {"cite"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan", "scope"},
    "time": {"datetime"},
}
PLAYERS = {
    "audio": {"controls", "src"},
    "iframe": {"allowfullscreen", "height", "src", "title", "width"},
    "video": {"controls", "height", "src", "width"},
}
"""Elements that only ``resolve_embeds`` makes, with their attributes."""
