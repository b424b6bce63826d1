"""What a word, a sentence and a stem are, in every script: the one notion of them for both products.

Owns cutting and comparing text; it is pure, and knows neither Django nor Redis nor a network. What words are worth (a
search, a check, a passage) is left to its callers, `ingestion` and `agents`, which may call all of it.

normalisation  `stored(text)` as it is kept (NFC); `folded(text)` as it is compared (NFKC, case folded, nothing unseen);
               `folded_with_places(text)` the same with offsets into the text, to find a quote and show it.
words          `words(text)`, `word_spans(text)` with offsets; `count_words(text)`, which compares over scripts;
               `first_words(text, most)`.
sentences      `sentences(text)` over paragraphs, `split_sentences(paragraph)`, `sentence_spans(paragraph)`;
               `paragraphs`, `one_line`, `is_complete`, `shorten(text, chars)`.
languages      `language_of(text)`: an ISO 639-1 code.
stems          `stem(word, language="en")`: Snowball's, folded.
terms          `terms(text, language)`: what a text is compared by, stems or pairs of signs; `query_terms`,
               `is_stop_word`.

Import from the modules; this one holds nothing. A span is a `spans.Span(text, start, end)`.
"""
