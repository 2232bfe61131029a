"""Players of other hosts that articles may embed."""

PLAYERS = {
    "geo.dailymotion.com": "/player",
    "open.spotify.com": "/embed",
    "player.vimeo.com": "/video/",
    "w.soundcloud.com": "/player/",
    "www.dailymotion.com": "/embed/",
    "www.google.com": "/maps/embed",
    "www.youtube-nocookie.com": "/embed/",
    "www.youtube.com": "/embed/",
    "youtube-nocookie.com": "/embed/",
    "youtube.com": "/embed/",
}
"""The beginning of the paths of embeddable players, by their hosts."""
