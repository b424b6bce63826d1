"""Lists of words that the comparison of texts treats apart."""


def word_set(text: str) -> frozenset[str]:
    """Return the words of a written-out list."""
    return frozenset(text.split())


_TWO_TO_TWENTY = """
    two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty
"""
NUMBER_WORDS = {word: str(value) for value, word in enumerate(_TWO_TO_TWENTY.split(), start=2)} | {
    "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "seventy": "70", "eighty": "80",
    "ninety": "90", "hundred": "100", "thousand": "1000", "million": "1000000", "billion": "1000000000",
    "dozen": "12",
}  # fmt: skip

# Words that say nothing by themselves. The last lines are verbs and connectives that any writer needs: a sentence is
# neither truer nor less true for them.
STOP_WORDS = word_set(
    """
    a about above after again all am an and any are aren as at be because been before being below
    between both but by can could did do does doing down during each else even every few for from
    further had has have having he her here hers herself him himself his how i if in into is it its
    itself just least less like ll may me might more most must my myself of off on once one only onto or
    other our ours ourselves out over own per quite rather re s same shall she should since so some such
    t than that the their theirs them themselves then there these they this those though through thus to
    too under until up upon us ve very via was we were what whatever when where whether which while who
    whom whose why will with within would yet you your yours yourself also additionally although another
    around besides consequently finally furthermore hence however indeed instead likewise meanwhile
    moreover nevertheless next overall similarly still therefore together allow allows allowing allowed
    become becomes get gets getting got give gives given include includes including included let lets
    make makes making made provide provides provided providing thing things use used uses using useful
    way ways well example examples instance various several many much not no nor never none cannot
    without don doesn didn isn wasn weren won wouldn shouldn couldn can't don't
    """
)
NEGATIONS = word_set(
    """
    not no never none nor neither cannot without unable avoid unless isn't aren't wasn't weren't don't
    doesn't didn't won't wouldn't shouldn't couldn't can't hasn't haven't hadn't mustn't nothing
    """
)
