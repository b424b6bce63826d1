"""English."""

from agents.claims.lexicon.lexicon import Lexicon

ENGLISH = Lexicon(
    language="en",
    function_words="""
    a about again all also although always am an and any anyone are as at be because been being both but by came come comes
    could did do does doing done down during each either else even ever every few for from further gets get got had has
    have having he her here hers him his how i if in into is it its itself just let lets like made make makes many may
    me might mine more most much must my need needs nor of off on once only onto or other our out over own per put quite
    rather s same she should since so some someone such t than that the their theirs them themselves then
    there these they this those though through thus to too under unless until up upon us very via was way we well were
    what when where whether which while who whom whose why will with within without would yet you your yours yourself
    use used uses using give gives given giving keep keeps kept set go goes going went now today whereas despite about
    around roughly nearly almost just simply still already instead however therefore means mean is're you're don't
    isn't it's doesn't didn't can't aren't won't wasn't shouldn't mustn't needn't cannot can not no never none nothing
    nobody neither one ones anything everything allowed able possible""",
    joins="and but while whereas although though because so which where when if unless or yet",
    irregular="""
    sell:sold buy:bought lose:lost win:won pay:paid hold:held feed:fed lead:led rise:rose,risen fall:fell,fallen
    begin:began,begun break:broke,broken drive:drove,driven write:wrote,written leave:left build:built find:found
    send:sent spend:spent lend:lent teach:taught bring:brought beat:beaten steal:stole,stolen choose:chose,chosen
    grow:grew,grown know:knew,known see:saw,seen say:said tell:told speak:spoke,spoken run:ran meet:met
    child:children man:men woman:women foot:feet tooth:teeth mouse:mice leaf:leaves shrink:shrank,shrunk
    close:shut stall:stalled""",
    relations="""
    sue attack defend buy sell acquire beat defeat feed replace own employ reject oppose support lead follow found build
    destroy help teach pay owe lend borrow hire accuse arrest kill save protect weaken strengthen generate create
    produce explain cause prevent trigger precede overtake overwrite contain include depend control own visit invite
    marry betray warn thank praise criticise criticize chase catch eat push pull call block approve accept refuse reward
    punish represent succeed advise order supply serve train trust use exceed cover surround divide join approach treat
    inspect propose request delete update release import export invoke load parent inherit send translate""",
    marks={
        "neg": """not|n't|never|no|none|nobody|nothing|neither|nor|without|cannot|fails to|failed to|fail to|no longer|
            refuses to|refused to|unable to|isn't|aren't|wasn't|weren't|don't|doesn't|didn't|won't|wouldn't|
            shouldn't|couldn't|can't|hasn't|haven't|hadn't|mustn't|needn't|nowhere|stay off|stays off|keep off|keep away from|stay away from|out of bounds""",
        "modal:must": """must|have to|has to|had to|need to|needs to|is required to|are required to|is obliged to|
            are obliged to|required|mandatory|compulsory|obligatory|has got to|is essential|are essential|
            must always|no choice but to|are bound to|insists on|insist on""",
        "modal:may": """may|can|could|is allowed to|are allowed to|allowed|permitted|is free to|are free to|is able to|
            are able to|are welcome to|lets you|is possible|are possible""",
        "modal:mustnot": """off limits|must not|mustn't|may not|cannot|can't|can not|is not allowed|are not allowed|not allowed|
            not permitted|isn't allowed|aren't allowed|prohibited|prohibit|prohibits|forbidden|forbid|forbids|banned|ban|bans|not possible|impossible|
            no way to|isn't for|do not|don't|never|should not|shouldn't|should never|
            not accepted|unable to|not able to""",
        "modal:neednot": """need not|needn't|needs no|need no|don't have to|doesn't have to|do not have to|
            does not have to|has no duty|no duty to|optional|voluntary|merely recommended|recommended|advised|not required|
            no need to|not necessary|not needed|isn't necessary|not obliged to|without having to|is not mandatory""",
        "modal:free": """do not mind|don't mind|do not want|don't want|do not know|don't know|do not care|don't care|
            do not like|don't like""",
        "modal:should": "should|ought to|is advised to|are advised to|had better|better to",
        "bound:ge": """at least|a minimum of|minimum of|no fewer than|no less than|not less than|not fewer than|
            or more|or longer|or newer|or older|or later|or higher|or above|or greater|and up|at the least|minimum|
            as a minimum""",
        "bound:le": """at most|a maximum of|maximum of|no more than|not more than|no longer than|not longer than|up to|
            or fewer|or less|or younger|or below|never exceeds|capped at|limit of|at the most|maximum|as many as|
            not exceed|must not exceed|do not exceed|does not exceed""",
        "bound:gt": """more than|over|above|exceeds|exceed|exceeding|older than|longer than|larger than|higher than|
            greater than|bigger than|faster than|heavier than|beyond|in excess of|farther than|well over|just over""",
        "bound:lt": """less than|under|below|fewer than|younger than|shorter than|smaller than|lower than|slower than|
            lighter than|not even|just under|short of|newer than|gentler than""",
        "bound:eq": "exactly|precisely",
        "approx": "about|around|roughly|some|nearly|almost|approximately|close to|just over|just under|well over|over|more than|at just over|or so",
        "quant:all": "all|every|each|always|everyone|everybody|everything|entire|any|invariably|without exception|in every case|everywhere",
        "quant:most": "most|usually|generally|mainly|mostly|nearly all|almost all|as a rule|majority|typically|for the most part|in general|nearly every|almost always|the bulk of|predominantly|in most cases",
        "quant:many": "many|often|frequently|much",
        "quant:some": "some|sometimes|occasionally|several|part of|partly|in some cases|at times|a few|certain|only some|in part|one of|some of",
        "quant:few": "few|rarely|seldom|hardly any|hardly ever|very few",
        "hedge": "probably|likely|perhaps|possibly|might|could|may|suggests|suggest|appears to|seems to|is thought to|are thought to|is believed to|reportedly|allegedly|is expected to|presumably|is said to|in all likelihood",
        "sure": "certainly|definitely|surely|proves|prove|proved|proven|guaranteed|guarantees|undoubtedly|without doubt|always|is certain",
        "former": "formerly|once|used to|previously|in the past|originally|at one time|no longer|until recently|back then|had been|was once|were once",
        "correlate": "associated with|correlates with|correlated with|linked to|linked with|goes along with",
        "causal": "causes|caused by|cause|leads to|led to|results in|makes|triggers|because of|due to",
        "only": "only|solely|exclusively|nothing but|just for|none but|nobody else|no one else|nothing else|no other",
        "except": "except|apart from|unless|save for|other than|but not|excluding|otherwise|until|till",
        "order:before": "before|prior to|ahead of|earlier than|until|preceding|precede|precedes|first before",
        "order:after": "after|following|once|as soon as|later than|since|follows|follow",
        "cause:back": "because|since|because of|due to|owing to|as a result of|thanks to|on account of",
        "cause:on": "so that|therefore|leads to|results in|causes|consequently|which is why|hence|thus",
        "than": "than",
        "swap": "instead of|rather than|in place of|in preference to",
        "if": "if|when|whenever|provided|as long as|in case|once",
        "unless": "unless|except when|except if",
        "passive": "by",
        "from": "from|leaves|departs",
        "to": "to|into|towards|for",
    },
    contrasts="""
    on/off
    open opened opens opening/close closed closes closing
    start starts started begin begins/stop stops stopped end ends ended finish finished
    success succeed succeeds succeeded successful successfully/fail fails failed failure unsuccessful/stall stalled stalls pending
    accept accepts accepted approve approved approves/reject rejects rejected refuse refused turned-down deny denied
    enable enabled enables/disable disabled disables
    include included includes including/exclude excluded excludes excluding
    allow allowed allows permit permitted/forbid forbidden prohibit prohibited ban banned
    increase increases increased increasing rise rises rose raise raised grow grows grew gain gained climb climbed/decrease decreases decreased fall falls fell drop drops dropped lower lowered decline declined shrink shrank cut reduce reduced
    double doubled doubles/halve halved halves/triple tripled triples
    more/less fewer
    many/few
    much/little
    higher/lower
    high/low
    faster quicker quickly fast quick speeds/slower slowly slow slows
    larger bigger/smaller
    large big/small
    largest biggest/smallest
    longer/shorter
    longest/shortest
    older/younger newer
    oldest/newest youngest
    cheaper/dearer pricier expensive
    stronger/weaker
    strengthen strengthens/weaken weakens
    better/worse
    best/worst
    good/bad
    easy easier/hard harder difficult
    early earlier/late later
    first/last
    next/last previous
    north northern northbound north-facing/south southern southbound south-facing/east eastern eastbound east-facing/west western westbound west-facing
    northbound/southbound
    left/right
    up upward upwards/down downward downwards
    above/below
    inside indoors/outside outdoors
    front/rear back
    top/bottom
    upper/lower
    upstream/downstream
    major/minor
    hot warm warmer/cold colder cool
    wet damp/dry
    frozen freeze/thawed thaw
    sunny sun/shade shady
    clear/cloudy
    bright brighter brightest/dim dimmer dark darker faint fainter faintest
    loud louder/quiet quieter soft softer
    heavier/lighter
    taller/shorter
    hotter/colder cooler
    richer/poorer
    deeper/shallower
    wider/narrower
    thicker/thinner
    harder/easier
    safer/riskier
    simpler/trickier
    megabit megabits mbit mbps/megabyte megabytes mb
    gigabit gigabits gbit gbps/gigabyte gigabytes gb
    kilobit kilobits kbit kbps/kilobyte kilobytes kb
    celsius/fahrenheit/kelvin
    direct/indirect
    steep/gentle
    fine finer/coarse coarser
    sour/bitter/sweet/salty
    spring/summer/autumn/winter
    january jan/february feb/march mar/april apr/may/june jun/july jul/august aug/september sept/october oct/november nov/december dec
    monday mondays/tuesday tuesdays/wednesday wednesdays/thursday thursdays/friday fridays/saturday saturdays/sunday sundays
    weekday weekdays/weekend weekends
    morning/evening
    adult adults/child children
    man men/woman women
    birth born/death died
    alive/dead
    landlord/tenant
    buyer/seller
    employer/employee
    attackers attacker/defenders defender
    winner/loser
    win won/lose lost
    gain gained gains/lose lost loses losing
    add added/remove removed
    build built/destroy destroyed removed demolish demolished
    import imports/export exports
    encrypt encrypted/decrypt decrypted
    lock locked/unlock unlocked
    minimum/maximum
    public/private
    internal/external
    input/output
    client/server
    read/write
    upload/download
    sender/receiver recipient
    manual manually hand/automatic automatically
    temporary/permanent permanently
    mutable/immutable
    ascending/descending
    horizontal/vertical
    bookable/unavailable
    running/paused/finished/cancelled
    present/absent
    full/empty new
    alone/accompanied
    freezing/boiling
    attract attracts/repel repels deter
    safe/dangerous unsafe
    healthy/ill sick
    legal/illegal
    true/false
    positive/negative
    domestic/foreign
    majority/minority
    red/green/blue/yellow/black/white/brown/orange
    brought-forward forward/delayed back
    advance advanced/delay delayed
    support supports supported supporting/oppose opposes opposed
    loses lost lose/survived survives
    frequent frequently often/rare rarely seldom
    common/rare
    tight/loose
    heavy/lightweight
    thick/thin
    deep/shallow
    near/far
    wide/narrow
    cheap/expensive
    rich/poor
    stale/fresh""",
)
