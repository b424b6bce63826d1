"""German."""

from agents.claims.lexicon.lexicon import Lexicon

GERMAN = Lexicon(
    language="de",
    function_words="""
    ab aber alle allem allen aller alles als also am an andere anderen auch auf aus bei beim bis da dabei damit dann das
    dass daß dem den denen denn der deren des dessen die dies diese diesem diesen dieser dieses doch dort du durch ein
    eine einem einen einer eines er erst es etwa etwas für ganz gar gegen geht gibt haben hat hatte hatten hier hin ihm
    ihn ihnen ihr ihre ihrem ihren ihrer im in indem ins ist ja je jede jedem jeden jeder jedes kann kein keine keinem
    keinen keiner können lässt lassen man manche mehr mit muss müssen nach nämlich nicht nichts noch nur ob oder ohne
    rund schon sehr sein seine seinem seinen seiner seit selbst sich sie sind so sobald sogar solche soll sollen sollte
    sollten sondern sowie über um und uns unter vom von vor war waren was weil welche wenn wer werden wie wieder wir
    wird wo worden wurde wurden zu zum zur zwar zwischen darf dürfen knapp beträgt bekommt kommt macht wäre wird hinaus
    ihn denn heute davon dazu darum außer statt genau wer nie niemals niemand weder noch ungefähr fast""",
    joins="und aber während sondern weil wenn obwohl doch oder denn dass damit sonst als falls",
    irregular="""
    schließen:schließt,schloss,geschlossen öffnen:öffnet,geöffnet,öffnete fliehen:floh,geflohen verkaufen:verkauft
    kaufen:kauft,gekauft liegen:liegt,lag,gelegen fallen:fällt,fiel,gefallen steigen:stieg,gestiegen
    beginnen:begann,begonnen zahlen:zahlt,bezahlt,bezahlen,zahlen geben:gibt,gab,gegeben nehmen:nimmt,nahm,genommen
    übernehmen:übernimmt,übernahm,übernommen verlassen:verlässt,verließ tragen:trägt,trug,getragen
    dauern:dauert finden:fand,gefunden wachsen:wächst,wuchs halten:hält,hielt ziehen:zieht,zog,gezogen
    gewinnen:gewann,gewonnen verlieren:verlor,verloren schlagen:schlug,geschlagen""",
    relations="""
    verklagen verklagte angreifen griff kaufen verkaufen übernehmen übernahm übernommen schlagen schlug besiegen
    besiegte ersetzen ersetzt besitzen besitzt beschäftigen ablehnen unterstützen leiten folgen folgt gründen gründete
    bauen zerstören helfen bezahlen schulden leihen verletzen schützen erzeugen verursachen verhindern enthalten
    enthält überholen überschreiben überschreibt vertreten vertritt warnen warnte beliefern retten rettete einladen
    beauftragen kontrollieren prüfen nutzen""",
    marks={
        "neg": """nicht|kein|keine|keinen|keinem|keiner|keines|nie|niemals|niemand|nichts|nirgends|ohne|weder|kaum|
            nicht mehr|keinesfalls|keineswegs""",
        "modal:must": """muss|müssen|musste|mussten|hat zu|haben zu|ist zu|sind zu|pflicht|vorgeschrieben|zwingend|
            verpflichtend|verpflichtet|erforderlich|nötig|notwendig|unerlässlich|kommt nicht um|kommen um""",
        "modal:may": "darf|dürfen|durfte|kann|können|konnte|erlaubt|gestattet|möglich|zulässig|lässt sich|lassen sich|kostenlos möglich",
        "modal:mustnot": """darf nicht|dürfen nicht|darf kein|darf keine|kann nicht|können nicht|verboten|verbieten|verbietet|untersagt|untersagen|
            nicht erlaubt|nicht gestattet|nicht zulässig|unzulässig|nicht möglich|keinen zutritt""",
        "modal:neednot": """muss nicht|müssen nicht|braucht nicht|brauchen nicht|nicht nötig|nicht notwendig|freiwillig|
            nicht erforderlich|optional|muss es aber nicht|nicht verpflichtet|nötig ist das aber nicht|keine pflicht""",
        "modal:should": "soll|sollen|sollte|sollten|am besten|besser",
        "bound:ge": "mindestens|wenigstens|nicht weniger als|oder mehr|oder länger|oder neuer|oder älter|frühestens|nicht vor|minimum",
        "bound:le": "höchstens|maximal|nicht mehr als|nicht länger als|bis zu|oder weniger|spätestens|maximum",
        "bound:gt": "mehr als|über|länger als|älter als|größer als|höher als|schwerer als|jenseits von",
        "bound:lt": "weniger als|unter|kürzer als|jünger als|kleiner als|niedriger als|leichter als",
        "approx": "etwa|rund|ungefähr|fast|knapp|circa|ca|gut|zirka|annähernd",
        "quant:all": "alle|allen|aller|jede|jeder|jedes|jeden|jedem|immer|stets|sämtliche|ausnahmslos|ganz",
        "quant:most": "meisten|meist|meistens|mehrheit|großteil|in der regel|normalerweise|gewöhnlich|fast alle|generell",
        "quant:many": "viele|vielen|vieler|oft|häufig",
        "quant:some": "manche|manchen|einige|einigen|manchmal|gelegentlich|teilweise|teils|etliche",
        "quant:few": "wenige|selten|kaum",
        "hedge": "wahrscheinlich|vermutlich|möglicherweise|vielleicht|wohl|dürfte|könnte|könnten|offenbar|angeblich|mutmaßlich",
        "sure": "sicher|bestimmt|zweifellos|gewiss|garantiert|beweist|bewiesen|immer",
        "former": "früher|ehemals|einst|einstmals|damals|nicht mehr|bis dahin|zuvor",
        "only": "nur|ausschließlich|lediglich|allein|sonst niemand|niemand sonst|sonst nichts|kein anderer|keine andere",
        "except": "außer|sonst|bis|erst|erst wenn|ausgenommen|mit ausnahme|es sei denn",
        "order:before": "vor|bevor|ehe|früher als",
        "order:after": "nach|nachdem|danach|später als|sobald",
        "cause:back": "weil|wegen|da|aufgrund|denn|dank|infolge",
        "cause:on": "deshalb|darum|daher|führt zu|führte zu|sodass|verursacht",
        "than": "als",
        "swap": "statt|anstatt|anstelle von",
        "if": "wenn|falls|sofern",
        "unless": "es sei denn|außer wenn",
        "passive": "von|vom|durch",
        "from": "von|vom|aus",
        "to": "nach|bis|zu|zum|zur|auf",
    },
    contrasts="""
    eingeschaltet einschalten eingeschaltete einzuschalten aktiviert/ausgeschaltet ausschalten ausgeschaltete auszuschalten deaktiviert
    öffnen öffnet geöffnet offen/schließen schließt geschlossen gesperrt zugesperrt
    offen geöffnet/geschlossen gesperrt
    beginnen beginnt begann anfangen/enden endet endete aufhören
    angenommen annehmen nahm billigte genehmigt/abgelehnt ablehnen lehnte verworfen
    erlaubt gestattet zulässig/verboten untersagt unzulässig
    steigt stieg gestiegen erhöht zunehmen zunimmt/sinkt sank gesunken gesenkt abnehmen fällt
    verdoppelt/halbiert/verdreifacht
    mehr/weniger
    viele/wenige
    höher/niedriger geringer
    hoch hohe hoher/niedrig niedrige
    schneller schnell/langsamer langsam
    größer/kleiner
    groß große großer/klein kleine kleiner
    länger/kürzer
    älter/jünger
    ältesten/jüngsten neuesten
    teurer/billiger günstiger
    stärker/schwächer
    besser/schlechter
    leichter/schwerer
    früh früher/spät später
    erst erste ersten zuerst/letzte letzten zuletzt
    nord norden nördlich nordturm nordgrat nordseite/süd süden südlich südturm südgrat südseite/ost osten östlich/west westen westlich
    ostafrika/westafrika/nordafrika/südafrika
    links linke linken/rechts rechte rechten
    oben oberen obere/unten unteren untere
    oberhalb/unterhalb
    innen innerhalb drinnen/außen außerhalb draußen
    vordere vorderen vorne/hintere hinteren hinten
    warm warmen heiß heißem/kalt kalten kaltem abgekühlt
    nass feucht/trocken
    hell/dunkel
    direkt/indirekt
    süß/sauer/bitter/salzig
    frühjahr frühling/sommer/herbst/winter
    januar/februar/märz/april/mai/juni/juli/august/september/oktober/november/dezember
    montag montags/dienstag dienstags/mittwoch mittwochs/donnerstag donnerstags/freitag freitags/samstag samstags/sonntag sonntags
    morgens vormittags/abends
    häufig häufige oft/selten seltene
    eltern erwachsene/kinder
    vermieter/mieter
    käufer/verkäufer
    gewinnen gewann sieg/verlieren verlor niederlage
    voll/leer
    kostenlos gratis/kostenpflichtig
    preiserhöhung/preissenkung
    aufstieg hinauf/abstieg hinunter
    einzug/auszug
    intern/extern
    eingabe/ausgabe
    manuell/automatisch
    roh/gekocht gegart
    genügt reicht/ungenügend
    rot rote roter/grün grüne grüner/blau blaue/gelb gelbe/schwarz schwarze/weiß weiße
    import/export""",
)
