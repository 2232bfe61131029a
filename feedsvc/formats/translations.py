"""The words that feeds say themselves, by primary language."""

from __future__ import annotations

from typing import TYPE_CHECKING

import langcodes

if TYPE_CHECKING:
    from collections.abc import Mapping

RELATED = {
    "ar": "مواضيع ذات صلة",
    "de": "Mehr zum Thema",
    "en": "Related stories",
    "es": "Relacionado",
    "fa": "مطالب مرتبط",
    "fr": "À lire aussi",
    "he": "כתבות קשורות",
    "it": "Leggi anche",
    "nl": "Lees ook",
    "pl": "Czytaj także",
    "pt": "Leia também",
    "ru": "Читайте также",
    "sv": "Läs också",
    "tr": "İlgili haberler",
    "uk": "Читайте також",
    "zh": "相关报道",
}
"""The heading above the related stories."""

WITHDRAWN = {
    "ar": "سُحب هذا الخبر",
    "de": "Dieser Beitrag wurde zurückgezogen",
    "en": "This story has been withdrawn",
    "es": "Esta noticia ha sido retirada",
    "fa": "این خبر پس گرفته شده است",
    "fr": "Cet article a été retiré",
    "he": "הכתבה הוסרה",
    "it": "Questo articolo è stato ritirato",
    "nl": "Dit artikel is ingetrokken",
    "pl": "Ten artykuł został wycofany",
    "pt": "Esta notícia foi retirada",
    "ru": "Эта публикация отозвана",
    "sv": "Artikeln har dragits tillbaka",
    "tr": "Bu haber geri çekildi",
    "uk": "Цю публікацію відкликано",
    "zh": "本文已撤回",
}
"""What takes the place of a killed article's headline."""

CORRECTION = {
    "ar": "تصحيح",
    "de": "Korrektur",
    "en": "Correction",
    "es": "Corrección",
    "fa": "تصحیح",
    "fr": "Correction",
    "he": "תיקון",
    "it": "Correzione",
    "nl": "Correctie",
    "pl": "Sprostowanie",
    "pt": "Correção",
    "ru": "Исправление",
    "sv": "Rättelse",
    "tr": "Düzeltme",
    "uk": "Виправлення",
    "zh": "更正",
}
"""What stands before the headline of a corrected article in the feed of corrections."""

CORRECTED = {
    "ar": "صُحّح هذا الخبر",
    "de": "Dieser Beitrag wurde korrigiert",
    "en": "This story has been corrected",
    "es": "Esta noticia ha sido corregida",
    "fa": "این خبر تصحیح شده است",
    "fr": "Cet article a été corrigé",
    "he": "הכתבה תוקנה",
    "it": "Questo articolo è stato corretto",
    "nl": "Dit artikel is gecorrigeerd",
    "pl": "Ten artykuł został poprawiony",
    "pt": "Esta notícia foi corrigida",
    "ru": "Эта публикация исправлена",
    "sv": "Artikeln har rättats",
    "tr": "Bu haber düzeltildi",
    "uk": "Цю публікацію виправлено",
    "zh": "本文已更正",
}
"""What the feed of corrections says where there is no note."""

CORRECTIONS = {
    "ar": "تصحيحات",
    "de": "Korrekturen",
    "en": "Corrections",
    "es": "Correcciones",
    "fa": "تصحیحات",
    "fr": "Corrections",
    "he": "תיקונים",
    "it": "Correzioni",
    "nl": "Correcties",
    "pl": "Sprostowania",
    "pt": "Correções",
    "ru": "Исправления",
    "sv": "Rättelser",
    "tr": "Düzeltmeler",
    "uk": "Виправлення",
    "zh": "更正",
}
"""The title of the feed of corrections."""

LISTEN = {
    "ar": "استمع",
    "de": "Anhören",
    "en": "Listen",
    "es": "Escuchar",
    "fa": "بشنوید",
    "fr": "Écouter",
    "he": "להאזנה",
    "it": "Ascolta",
    "nl": "Luister",
    "pl": "Posłuchaj",
    "pt": "Ouvir",
    "ru": "Слушать",
    "sv": "Lyssna",
    "tr": "Dinle",
    "uk": "Слухати",
    "zh": "收听",
}
"""What a sound without a title is called."""

WATCH = {
    "ar": "شاهد",
    "de": "Ansehen",
    "en": "Watch",
    "es": "Ver",
    "fa": "تماشا کنید",
    "fr": "Regarder",
    "he": "לצפייה",
    "it": "Guarda",
    "nl": "Bekijk",
    "pl": "Obejrzyj",
    "pt": "Assistir",
    "ru": "Смотреть",
    "sv": "Se",
    "tr": "İzle",
    "uk": "Дивитися",
    "zh": "观看",
}
"""What a film without a title is called."""

PUBLISHED = {
    "ar": "نُشر في",
    "de": "Veröffentlicht am",
    "en": "Published",
    "es": "Publicado el",
    "fa": "انتشار",
    "fr": "Publié le",
    "he": "פורסם",
    "it": "Pubblicato il",
    "nl": "Gepubliceerd op",
    "pl": "Opublikowano",
    "pt": "Publicado em",
    "ru": "Опубликовано",
    "sv": "Publicerad",
    "tr": "Yayınlanma:",
    "uk": "Опубліковано",
    "zh": "发布于",
}
"""What stands before the date of an article on its page."""

UPDATED = {
    "ar": "حُدّث في",
    "de": "Aktualisiert am",
    "en": "Updated",
    "es": "Actualizado el",
    "fa": "به‌روزرسانی",
    "fr": "Mis à jour le",
    "he": "עודכן",
    "it": "Aggiornato il",
    "nl": "Bijgewerkt op",
    "pl": "Zaktualizowano",
    "pt": "Atualizado em",
    "ru": "Обновлено",
    "sv": "Uppdaterad",
    "tr": "Güncelleme:",
    "uk": "Оновлено",
    "zh": "更新于",
}
"""What stands before the date of the last correction of an article on its page."""

EXPIRED = {
    "ar": "لم يعد هذا الخبر متاحًا",
    "de": "Dieser Beitrag ist nicht mehr verfügbar",
    "en": "This story is no longer available",
    "es": "Esta noticia ya no está disponible",
    "fa": "این خبر دیگر در دسترس نیست",
    "fr": "Cet article n’est plus disponible",
    "he": "הכתבה אינה זמינה עוד",
    "it": "Questo articolo non è più disponibile",
    "nl": "Dit artikel is niet meer beschikbaar",
    "pl": "Ten artykuł nie jest już dostępny",
    "pt": "Esta notícia já não está disponível",
    "ru": "Эта публикация больше не доступна",
    "sv": "Artikeln är inte längre tillgänglig",
    "tr": "Bu haber artık yayında değil",
    "uk": "Ця публікація більше не доступна",
    "zh": "本文已不再提供",
}
"""What stands on the page of an article that has expired or was taken down."""

COMMENTS = {
    "ar": "التعليقات",
    "de": "Kommentare",
    "en": "Comments",
    "es": "Comentarios",
    "fa": "نظرها",
    "fr": "Commentaires",
    "he": "תגובות",
    "it": "Commenti",
    "nl": "Reacties",
    "pl": "Komentarze",
    "pt": "Comentários",
    "ru": "Комментарии",
    "sv": "Kommentarer",
    "tr": "Yorumlar",
    "uk": "Коментарі",
    "zh": "评论",
}
"""What leads from an article's page to where it is discussed."""


def word(words: Mapping[str, str], language: str) -> str:
    """Return what a language says; English where we do not know it.

    :param language: BCP 47.
    """
    return words.get(langcodes.Language.get(language).language or "", words["en"])
