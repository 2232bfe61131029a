"""Words that news pages put around an article, in the languages of many newsrooms."""

from __future__ import annotations

from functools import partial


def word_set(text: str, separator: str | None = None) -> frozenset[str]:
    """Return the words of a text, or its phrases with a separator between them."""
    return frozenset(word.strip() for word in text.strip().split(separator))


phrase_set = partial(word_set, separator=",")
"""Return the phrases of a text with commas between them."""


def _table(text: str) -> dict[str, tuple[str, ...]]:
    """Read lines such as ``en: published, posted`` into phrase → languages."""
    languages: dict[str, tuple[str, ...]] = {}
    for line in text.strip().splitlines():
        language, _, words = line.strip().partition(": ")
        for word in words.split(", "):
            languages[word] = (*languages.get(word, ()), language)
    return languages


PUBLISHED = _table("""
    en: published, published on, published at, first published, posted, posted on, publication date
    en: date
    es: publicado, publicado el, publicada, publicada el, fecha de publicación, fecha
    pt: publicado, publicado em, publicada, publicada em, data de publicação
    gl: publicado, publicado o
    ca: publicat, publicat el
    ro: publicat, publicat pe, publicat la
    fr: publié, publié le, publiée le, publication
    de: veröffentlicht, veröffentlicht am, erschienen am
    it: pubblicato, pubblicato il, pubblicata il
    nl: gepubliceerd, gepubliceerd op, geplaatst op
    ru: опубликовано, дата публикации
    uk: опубліковано
    bg: публикувано, публикувана
    pl: opublikowano, data publikacji
    cs: publikováno, vydáno
    sk: publikované, zverejnené
    sl: objavljeno
    hr: objavljeno
    sr: објављено, objavljeno
    sv: publicerad, publicerat
    da: publiceret, udgivet
    nb: publisert
    fi: julkaistu
    et: avaldatud
    lt: paskelbta
    lv: publicēts
    hu: megjelent, közzétéve
    el: δημοσιεύθηκε, δημοσιεύτηκε
    tr: yayınlanma, yayınlandı, yayın tarihi
    eu: argitaratua
    id: diterbitkan
    vi: đăng ngày
    ar: نشر, نشر في, تاريخ النشر
    he: פורסם, פורסם ב
    fa: منتشر شده
    hi: प्रकाशित
    zh: 发布时间, 發布時間, 发布于
    ja: 公開日, 公開
    ko: 게시, 입력
""")
"""Labels of the day of publication, each with the languages it is used in."""
UPDATED = _table("""
    en: updated, updated on, updated at, last updated, last updated on, last modified, modified
    es: actualizado, actualizado el, actualizada, actualizada el, última actualización
    pt: atualizado, atualizado em, última atualização
    ca: actualitzat, actualitzat el
    fr: mis à jour, mis à jour le, modifié le
    de: aktualisiert, aktualisiert am, zuletzt aktualisiert
    it: aggiornato, aggiornato il
    nl: bijgewerkt, bijgewerkt op
    ru: обновлено
    uk: оновлено
    pl: zaktualizowano, aktualizacja
    sv: uppdaterad
    da: opdateret
    nb: oppdatert
    fi: päivitetty
    tr: güncelleme, güncellendi
""")
"""Labels of the day of the last change, likewise."""

HOME = phrase_set(
    """
    home, homepage, home page, front page, start, startseite, inicio, portada, início, capa,
    accueil, à la une, inici, principal, voorpagina, главная, головна, strona główna, hem,
    forside, etusivu, anasayfa, 首页, ホーム
    """
)
"""Names of the home page, the first crumb of many breadcrumbs."""

SHARE = word_set(
    """
    google plus google+ facebook twitter x whatsapp telegram linkedin reddit pinterest tumblr
    email e-mail mail print share tweet share: compartir comparte imprimir imprime correo enviar
    partager imprimer teilen drucken condividi stampa partilhar compartilhar compartilhe delen
    messenger instagram youtube tiktok vk vkontakte mastodon bluesky threads flipboard pocket
    line viber weibo wechat rss on via this en por sur auf su em no the link copy copiar copier
    save guardar comparte: compartir: поделиться вконтакте печать по
    """
)
"""Words of links for sharing."""
LINKING = word_set("on via this en por sur auf su em no the link по line save")
"""Words of links for sharing that mean nothing alone."""
NAVIGATION = phrase_set(
    """
    live, audio only, en vivo, solo audio, sólo audio, menu, menú, search, buscar,
    skip to content, skip to main content, skip to navigation, saltar al contenido,
    ir al contenido, home, inicio, log in, sign in, subscribe, suscríbete, newsletter,
    newsletters, advertisement, publicidad, anuncio, anzeige, werbung, publicité, pubblicità,
    close, cerrar, watch live, listen live, video player, back to top, volver arriba,
    read more, leer más, toggle navigation
    """
)
"""Links of the site itself."""
MORE = phrase_set(
    """
    more, all, see all, see more, view all, view more, show all, show more, load more, more news,
    all stories, all news, next, previous, prev, older, newer, back, here, click here, continue,
    continue reading, read, learn more, find out more, explore, watch, listen, follow, follow us,
    sign up, register, join, hide, dismiss, más, ver más, ver todo, ver todos, ver todas, ver,
    mostrar más, cargar más, más noticias, todas las noticias, siguiente, anterior, volver, aquí,
    seguir leyendo, sigue leyendo, continuar leyendo, suscribirse, regístrate, seguir, síguenos,
    mais, ver mais, ver tudo, leia mais, próximo, suivant, précédent, voir plus, voir tout, plus,
    lire la suite, en savoir plus, mehr, alle, alle anzeigen, mehr anzeigen, mehr lesen, weiter,
    weiterlesen, zurück, altro, tutti, vedi tutto, leggi tutto, leggi di più, avanti, indietro,
    meer, alles, lees meer, bekijk alles, volgende, vorige, més, veure més, ещё, еще, все, далее,
    więcej, mer, mere, lisää, daha fazla, 更多, もっと見る
    """
)
"""Links beside stories that are no stories themselves."""
PARTICLES = word_set("de del la las los da das do dos di von van der den du le ten bin al el y e")
"""Words in people's names that are written small."""
