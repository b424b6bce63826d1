"""French."""

from agents.claims.lexicon.lexicon import Lexicon

FRENCH = Lexicon(
    language="fr",
    function_words="""
    a à afin ai ainsi alors après au aucun aucune aussi autre aux avant avec avez avoir c ce cela celle celui ces cet
    cette ceux chaque chez ci comme d dans de des donc dont du elle elles en encore entre est et étaient était être eu
    eux fait font fut il ils j je jusqu jusque l la là laquelle le lequel les leur leurs lors lorsque lui m ma mais me
    même mes moins mon n ne ni non nos notre nous on ont ou où par parce pas pendant peu peut plus plusieurs pour
    pourquoi puis qu quand que quel quelle qui quoi s sa sans se sera ses si soit son sont sous sur t ta te tel tes toi
    ton tous tout toute toutes très trop tu un une va vers vos votre vous y été doit doivent peuvent faut fait sauf
    plutôt seul seule seulement environ presque jamais rien personne dès mieux vaut c'est n'est qu'on qu'il l'on d'un
    d'une c'était laisser laissez demande comptez""",
    joins="et mais tandis alors parce puisque quand lorsque si ou car donc où qui que",
    irregular="""
    fermer:ferme,ferment,fermé,fermée ouvrir:ouvre,ouvert,ouverte,ouverts vendre:vend,vendu,vendue
    rendre:rend,rendu,rendue battre:bat,battu,battue perdre:perd,perdu prendre:prend,pris,prise,prennent
    mettre:met,mis,mise croître:croît,crû""",
    relations="""
    attaquer attaqua vendre acheter acheté battre battu remplacer remplace remplacé posséder employer rejeter rejeta
    soutenir diriger fonder fonda construire détruire aider payer paie prêter accuser sauver
    protéger produire causer provoquer empêcher contenir dépendre contrôler avertir poursuivre""",
    marks={
        "neg": """ne pas|pas|jamais|aucun|aucune|rien|sans|ni|nullement|n'est pas|ne sauraient|ne saurait""",
        "modal:must": "doit|doivent|devait|devra|il faut|faut|obligatoire|obligatoires|obligé|obligée|requis|indispensable|indispensables|nécessaire|nécessaires|exigé|est tenu",
        "modal:may": "peut|peuvent|pouvez|pourra|permis|permise|autorisé|autorisée|autorisés|autorisées|possible|libre de|a le droit|ont droit",
        "modal:mustnot": """ne doit pas|ne doivent pas|ne peut pas|ne peuvent pas|ne peut|interdit|interdite|interdits|interdites|
            interdire|interdisent|ne saurait|ne sauraient|pas autorisé|pas droit|ne faut pas|il ne faut pas|impossible de|pas ouvert""",
        "modal:neednot": "n'est pas obligé|pas nécessaire|pas obligatoire|facultatif|facultative|facultatifs|inutile|inutiles|pas besoin|n'a pas à|s'il le veut",
        "modal:should": "devrait|devraient|il vaut mieux|mieux vaut|conseillé|recommandé",
        "bound:ge": "au moins|au minimum|minimum|ou plus|pas moins de|un minimum de|à partir de",
        "bound:le": "au plus|au maximum|maximum|maximale|pas plus de|pas plus|ne dépassez pas|jusqu'à|ou moins|dans les|tout au plus|ne dépasse pas",
        "bound:gt": "plus de|au-delà de|supérieur à|au delà de|dépasse|dépassent",
        "bound:lt": "moins de|inférieur à|en dessous de|pas encore",
        "approx": "environ|près de|presque|à peu près|quelque|autour de",
        "quant:all": "tous|toutes|chaque|toujours|chacun|tout le monde|systématiquement",
        "quant:most": "la plupart|plupart|généralement|majorité|d'habitude|en général|presque tous|en règle générale",
        "quant:many": "beaucoup|souvent|nombreux|nombreuses|fréquemment",
        "quant:some": "certains|certaines|quelques|parfois|plusieurs|en partie",
        "quant:few": "peu de|rarement|rares",
        "hedge": "probablement|peut-être|sans doute|pourrait|pourraient|possiblement|semble|serait|seraient|vraisemblablement",
        "sure": "certainement|sûrement|prouve|prouvé|garanti|toujours|sans aucun doute",
        "former": "autrefois|jadis|anciennement|auparavant|ne plus|à l'époque|naguère",
        "only": "seulement|uniquement|seul|seule|seuls|seules|exclusivement|personne d'autre|rien d'autre|aucun autre|aucune autre",
        "except": "sauf|sinon|jusqu'à ce que|tant que|excepté|hormis|à l'exception de",
        "order:before": "avant|avant que|avant de|précèdent|précède",
        "order:after": "après|une fois|après que|suivent|suit|au bout de|dès",
        "cause:back": "parce que|car|puisque|à cause de|en raison de|grâce à",
        "cause:on": "donc|c'est pourquoi|entraîne|provoque|si bien que",
        "than": "que|qu'en|qu'au|qu'à",
        "swap": "plutôt que|au lieu de",
        "if": "si|quand|lorsque|en cas de|à condition",
        "unless": "à moins que|sauf si",
        "passive": "par",
        "from": "de|du|des|depuis",
        "to": "à|au|vers|jusqu'à|jusqu'au",
    },
    contrasts="""
    activé activée activer allumé allumer/désactivé désactivée désactiver éteint éteindre
    allumer allumé/couper coupé éteindre éteint
    ouvert ouverte ouvre ouvrir ouverture/fermé fermée ferme fermer fermeture
    commence commencer/finit finir termine
    accepté acceptée accepter approuvé adopté/rejeté rejetée refusé refuser
    autorisé autorisée autorisés autorisées permis/interdit interdite interdits interdites
    augmenté augmente hausse grimpé monté/baissé baisse diminué reculé chuté
    doublé double/moitié
    plus/moins
    mieux/pire
    bien/mal
    haut haute/bas basse
    fort forte/faible
    vif/doux
    rapide vite/lent lentement
    grand grande/petit petite
    long longue/court courte
    vieux ancien anciens ancienne/nouveau nouveaux
    premier première d'abord/dernier dernière ensuite
    nord septentrional/sud méridional
    gauche/droite
    dessus/dessous
    intérieur/extérieur dehors
    chaud chaude/froid froide
    sec sèche/humide mouillé
    printemps/automne/hiver
    janvier/février/mars/avril/mai/juin/juillet/août/septembre/octobre/novembre/décembre
    lundi/mardi/mercredi/jeudi/vendredi/samedi/dimanche
    matin/soir
    gratuit gratuite offert/payant payante
    adulte adultes/enfant enfants
    homme hommes/femme femmes
    propriétaire bailleur/locataire
    acheteur/vendeur
    gagné victoire/perdu défaite
    indispensable indispensables nécessaire/inutile inutiles
    ascension monter montée/descente descendre
    interne/externe
    rouge/vert verte/bleu bleue/jaune/noir noire/blanc blanche
    public/privé
    début/fin
    vide/plein
    fréquent souvent/rare rarement
    importer/exporter
    montant/descendant""",
)
