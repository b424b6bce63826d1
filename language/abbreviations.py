"""Abbreviations after which a full stop ends no sentence, and the words that mostly begin one. Lists only.

For English, German, French, Spanish, Italian, Portuguese, Dutch, Polish, Czech, the Nordic languages and Russian. One
set for all: what is an abbreviation in one of them is hardly ever the last word of a sentence in another; the few that
are (`no`) stand under `BEFORE_NUMBERS`.
"""


def _listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


NEVER_LAST = _listed(
    """
    e.g i.e eg ie vs cf viz mr mrs ms dr prof st mt gen col sgt capt lt rev hon pres gov sen rep approx esp incl
    resp ed eds dept ca fa hr fr frl z.b d.h u.a i.d.r z.t bzw ggf evtl vgl inkl exkl zzgl ca sog bspw insb dipl ing
    hrsg geb gest str p.ex c.-à-d c-à-d mme mlle m.me dott sig sig.ra sra srta d.ª dª lic ud uds p.ej p.e ej sr.ª dña
    por.ex bijv o.a d.w.z m.b.t i.v.m dhr mevr mw drs np tzn tj m.in prof inż ul dr.hab např tzv tj popř mj mgr
    f.eks bl.a dvs mht ift p.g.a t.ex m.a.o s.k т.е т.д напр г ул им проф акад тов""",
)
"""What follows belongs to it, whatever it is: `e.g. Redis`, `Dr. Smith`."""
MAY_END = _listed(
    """
    etc usw u.s.w usf u.v.m inc ltd co corp llc plc jr sr al est ave blvd jan feb mar apr jun jul aug sep sept oct nov
    dec mon tue wed thu fri sat sun a.m p.m u.s u.k u.n e.u ph.d m.d b.a m.a b.sc m.sc bros univ assn gmbh ges mio mrd
    std min sek tsd okt dez mär febr janv févr juill sept déc ecc enz itd itp atd apod osv m.m т.п др""",
)
"""It ends a sentence where a word follows that begins one."""
BEFORE_NUMBERS = _listed(
    """
    no nos nr nrs num núm n art arts fig figs abb tab eq eqs sec secs ch chap kap abs p pp pg pag pág págs s seq vol
    vols bd ver vers v rev rel ln ref refs par para § st rn bl bls č str ст с рис табл п""",
)
"""Abbreviations before a number alone: `No. 5`, but `They said no.`"""
BEGINNERS = _listed(
    """
    The They It We He She This That These Those There Then In On At If When While However But And So For You A An Our
    Your My His Her Its As After Before Since Because To From With Not No Yes What Who Why How Where All Some Many Most
    Der Die Das Er Sie Es Wir Ich Ein Eine Einen Im Am Bei Wenn Aber Und Dann Diese Dieser Dieses Auch Nach Seit Mit Für
    Le La Les Il Elle Ils Elles Nous Vous On Un Une Ce Cette Ces Dans Mais Et Pour En Cela Si
    El Los Las Una Es Pero Y Esto Esta Este Para Por Con Lo Gli I È Ma Nel Questa Questo O Os As Um Uma Em Mas Isso
    De Het Een Hij Zij Wij Dit Dat Maar Ten To Ta Jest W Na Det Den Han Hun Vi Men Som Это Он Она Они Мы В На И Но""",
)
MONTHS = _listed(
    """
    januar jänner februar märz april mai juni juli august september oktober november dezember jahrhundert jahrhunderts
    kapitel auflage stock etage januari februari maart mei augustus marts maj juni juli oktober desember december
    ledna února března dubna května června července srpna září října listopadu prosince tammikuuta""",
)
"""What a German, Nordic or Czech ordinal number stands before: `am 3. Mai`."""
