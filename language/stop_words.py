"""Words that any question and any text has, by language: articles, pronouns, prepositions, question words. Lists only.

Folded and without accents, as `terms.terms` compares them.
"""

_LISTS = {
    "en": """
        a about above after again all also am an and any are as at be because been before being below between
        both but by can could did do does doing don't down during each few for from further get had has have
        having he her here hers him his how i i'm if in into is isn't it its it's itself just me more most my no
        nor not now of off on once only or other our ours out over own per please same she should so some such
        than that the their theirs them then there these they this those through to too under until up us use
        very via want was way we were what what's when where which while who whom whose why will with would you
        your yours""",
    "de": """
        aber alle allem allen aller alles als also am an andere auch auf aus bei beim bin bis bist da dabei
        dadurch dafur dagegen damit dann daran darauf darin das dass davon dazu dein dem den denn der des dessen
        die dies diese dieser dieses doch dort du durch ein eine einem einen einer eines er es etwas euer fur
        gegen geht gibt habe haben hat hatte hier ich ihr ihre im in ins ist ja jede jedem jeden jeder jedes
        jetzt kann kannst kein keine konnen konnte lassen lasst machen man mehr mein meine meinem meinen meiner
        mich mir mit muss mussen nach nicht nichts noch nun nur ob oder ohne sehr sein seine sich sie sind so
        soll sollte uber um und uns unser unter vom von vor wann war warum was weil welche welchem welchen
        welcher welches wenn wer werde werden wie wieder will wir wird wo woher wofur womit wozu wurde zu zum
        zur zwischen""",
    "fr": """
        a afin ai alors as au aucun aussi autre aux avant avec avoir ayant c ce cela celle celui ces cet cette
        ceux chez comme comment d dans de des deux doit dois donc du elle en encore entre es est et etait etre
        eu fait faire faut faut-il il ils j je l la laquelle le lequel les leur leurs lors lorsque lui m ma mais
        me meme mes moi mon n ne ni nos notre nous on ont ou par pas peut peut-on peux plus pour pourquoi puis
        qu quand que quel quelle quelles quels qui quoi s sa sans se sera ses si son sont sous sur t ta te tes
        toi ton tous tout toute toutes tu un une vers veux vos votre vous y""",
    "es": """
        a al algo como con cual cuales cuando cuanto de debo del desde donde dos el ella ellos en entre era es
        esa ese eso esta este esto estos fue ha hacer hago hay la las le les lo los mas me mi mis muy ni no nos
        o otra otro para pero por porque puede puedo que quien se ser si sin sobre son su sus tambien te tiene
        tu un una unas uno unos y ya yo""",
    "it": """
        a ad al alla alle anche c che chi ci come con cosa cui d da dal dalla dei del della delle di dove e ed
        essere fare fra gli ha hanno ho i il in io l la le lo ma mi ne nel nella no non o per perche piu posso
        puo qual quale quali quando quello questa questo se si sono su sul tra tu un una uno""",
    "pt": """
        a ao aos as com como da das de do dos e ela ele em entre era essa esse esta este eu foi ha isso ja mais
        mas me meu minha muito na nao nas nem no nos o onde os ou para pela pelo por porque posso qual quais
        quando que quem se sem ser seu sua sao tem um uma voce""",
    "nl": """
        aan al als alle ben bij daar dan dat de der deze die dit doen door een en er geen had heb hebben heeft
        het hoe hun ik in is ja je kan kun kunnen maar me meer met mij mijn moet na naar niet nog nu of om onder
        ons ook op over te tot uit van veel voor waar waarom wanneer wat welke werd wie wij wil worden wordt ze
        zich zijn zo zou""",
    "sv": """
        alla att av bli blir da de dem den denna det detta din du eller en ett for fran han har hon hur i ingen
        inte jag kan man med men min mot mycket nar nagon och om oss pa sa ska som till under upp ut vad var
        vara vem vi vid vilka vilken""",
    "ru": """
        а без более бы был была было быть в вам вас весь во вот все всего вы где да для до его ее если есть еще
        же за и из или им их к как какая какие какой когда кто ли можно мне мой мы на над надо не нет но ну о об
        он она они от по под почему при с со так также такой там то тогда того тоже только у уже что чтобы это
        этот я""",
    "pl": """
        a aby ale bez by byc co czy dla do gdy gdzie i ich ile jak jaka jaki jakie jako jest jesli juz kiedy kto
        ktora ktore ktory mam moge mozna na nad nie o od oraz po pod przez przy sa sie tak to tym w we z za ze""",
    "tr": "bir bu da daha de degil en gibi hangi icin ile ise kadar kim mi mu mı nasil ne neden nedir nerede var ve",
    "ja": """
        ある いう いる か が から くだ けど こと この これ ごと さい され し した して す する せる そう その
        それ たい ため たら だけ ですか てい でき です では でも とい とき どう どこ どの どれ な なぜ なに なり
        なる なん に には の のか のは は へ べき ほう ます まで ませ また まま め も もの や やっ よう より
        られ れる ろ を ん 何か 何が 何で 何を 方法 教え 場合""",
    "zh": """
        一个 了吗 什么 什麼 为什 为何 么办 么在 么样 如何 应该 怎么 怎样 怎麼 我应 我想 我的 我要 是什 有什 有哪
        哪些 哪个 哪里 可以 需要 的是 这个 麼樣 為什 應該""",
}
STOP_WORDS = {language: frozenset(words.split()) for language, words in _LISTS.items()}
STOP_WORDS["no"] = STOP_WORDS["nn"] = STOP_WORDS["da"] = STOP_WORDS["sv"]
