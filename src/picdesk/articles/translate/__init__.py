"""Articles in one language become articles in another, sentence by sentence."""

from picdesk.articles.translate.load import load_translator
from picdesk.articles.translate.protocol import Translator
from picdesk.articles.translate.text import translate_article, translate_text
from picdesk.errors import TranslatorMissing

__all__ = ["Translator", "TranslatorMissing", "load_translator", "translate_article", "translate_text"]
