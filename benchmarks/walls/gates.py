"""Fixtures of consent walls, paywalls and shells of applications, with their look-alikes."""

from __future__ import annotations

from .frames import Fixture, button, innocent, script, wall

P = "<p>{}</p>"
_ASK = {
    "en": ("We value your privacy", "We and our 812 partners store and/or access information on a device, such as cookies, and process personal data for personalised ads and content, ad measurement and audience research. You can withdraw your consent at any time.", "Accept all", "Reject all"),
    "de": ("Ihre Privatsphäre ist uns wichtig", "Wir und unsere 214 Partner verwenden Cookies und verarbeiten personenbezogene Daten für personalisierte Anzeigen. Sie können Ihre Einwilligung jederzeit widerrufen.", "Alle akzeptieren", "Einstellungen"),
    "fr": ("Le respect de votre vie privée", "Nous et nos 145 partenaires utilisons des cookies et traitons des données personnelles pour des publicités personnalisées. Vous pouvez retirer votre consentement à tout moment.", "Tout accepter", "Continuer sans accepter"),
    "es": ("Tu privacidad es importante", "Nosotros y nuestros 96 socios utilizamos cookies y tratamos datos personales para mostrar anuncios personalizados. Puedes retirar tu consentimiento en cualquier momento.", "Aceptar todo", "Configurar"),
    "it": ("La tua privacy è importante", "Noi e i nostri 120 partner utilizziamo cookie e trattiamo dati personali per annunci personalizzati. Puoi revocare il consenso in ogni momento.", "Accetta tutto", "Rifiuta"),
    "nl": ("Wij geven om je privacy", "Wij en onze 88 partners gebruiken cookies en verwerken persoonsgegevens voor gepersonaliseerde advertenties. Je kunt je toestemming altijd intrekken.", "Alles accepteren", "Weigeren"),
    "pl": ("Dbamy o Twoją prywatność", "My i nasi partnerzy używamy plików cookie i przetwarzamy dane osobowe, aby wyświetlać spersonalizowane reklamy. Zgodę możesz wycofać w każdej chwili.", "Akceptuję", "Odrzuć"),
    "ja": ("プライバシーについて", "当社とパートナーはクッキーを使用して端末上の情報を保存し、パーソナライズされた広告のために個人データを処理します。同意はいつでも撤回できます。", "同意する", "拒否"),
}  # fmt: skip
_MAKERS = {
    "OneTrust": (
        "<script src='https://cdn.cookielaw.org/scripttemplates/otSDKStub.js'></script>",
        "onetrust-consent-sdk",
    ),
    "Cookiebot": ("<script id='Cookiebot' src='https://consent.cookiebot.com/uc.js'></script>", "CybotCookiebotDialog"),
    "Usercentrics": (
        "<script src='https://app.usercentrics.eu/browser-ui/latest/loader.js'></script>",
        "usercentrics-root",
    ),
    "Didomi": ("<script src='https://sdk.privacy-center.org/didomi.js'></script>", "didomi-host"),
    "Quantcast": ("<script src='https://quantcast.mgr.consensu.org/choice.js'></script>", "qc-cmp2-container"),
    "Sourcepoint": ("<script src='https://cdn.privacy-mgmt.com/wrapper.js'></script>", "sp_message_container_1"),
}


def _ask(lang: str, maker: str) -> tuple[str, str]:
    title, text, yes, no = _ASK[lang]
    head, name = _MAKERS[maker]
    return head, f"<div id='{name}' role='dialog'><h2>{title}</h2><p>{text}</p>{button(yes)}{button(no)}</div>"


def consent_walls() -> list[Fixture]:
    """Return pages with nothing but the question for consent."""
    made = []
    for n, lang in enumerate([*_ASK, *_ASK]):
        maker = list(_MAKERS)[n % len(_MAKERS)]
        head, ask = _ask(lang, maker)
        made.append(wall("consent_wall", ("Acme", _ASK[lang][0])[n % 2], ask, head=head, lang=lang))
    for title, text, lang in (
        ("Before you continue", "<h1>Before you continue to Acme</h1><p>We use cookies and data to deliver and maintain our services and measure audience engagement.</p><p>If you choose to “Accept all”, we will also use cookies and data to show personalised content and ads.</p>", "en"),
        ("Bevor Sie fortfahren", "<h1>Bevor Sie zu Acme weitergehen</h1><p>Wir verwenden Cookies und Daten, um unsere Dienste bereitzustellen.</p><p>Wenn Sie „Alle akzeptieren“ auswählen, verwenden wir Cookies auch für personalisierte Werbung.</p>", "de"),
        ("Acme fait partie de la famille", "<h1>Acme fait partie de la même famille de marques</h1><p>Nous utilisons des cookies pour fournir nos sites. Si vous cliquez sur « Accepter tout », nos partenaires utilisent des données personnelles pour des publicités personnalisées.</p>", "fr"),
        ("Mit Werbung weiterlesen", "<h1>Weiter mit Werbung und Cookies</h1><p>Besuchen Sie uns wie gewohnt mit Werbung und Tracking. Die Zustimmung ist jederzeit widerrufbar; Details in der Datenschutzerklärung. Oder nutzen Sie uns werbefrei. Cookies und personenbezogene Daten helfen uns, personalisierte Anzeigen zu zeigen.</p>", "de"),
    ):  # fmt: skip
        made.append(
            wall(
                "consent_wall",
                title,
                f"<div class='consent-wall'>{text}{button('OK')}</div>",
                head="<script src='https://guce.acme.example/x.js'></script>",
                lang=lang,
            )
        )
    return made


_SHORT = [
    ("en", "Opening hours", "The office is open from nine to five, in winter until four."),
    ("de", "Öffnungszeiten", "Das Büro ist von neun bis fünf Uhr geöffnet, im Winter bis vier."),
    ("fr", "Horaires", "Le bureau est ouvert de neuf à dix-sept heures, en hiver jusqu'à seize."),
    ("es", "Horario", "La oficina abre de nueve a cinco, en invierno hasta las cuatro."),
    ("it", "Orari", "L'ufficio è aperto dalle nove alle diciassette, d'inverno fino alle sedici."),
    ("nl", "Openingstijden", "Het kantoor is open van negen tot vijf, in de winter tot vier uur."),
    ("pl", "Godziny otwarcia", "Biuro jest otwarte od dziewiątej do piątej, zimą do czwartej."),
    ("ja", "営業時間", "事務所は九時から五時まで開いています。冬は四時に閉まります。駐車場は無料です。"),
]


_ABOUT_COOKIES = [
    ("Cookie policy", "We use cookies to keep you signed in and to count visits. The first kind is needed and ends with your visit. The second is set only if you accept it, and is kept for a year.", "en"),
    ("How consent banners work", "A consent banner asks before cookies are stored. It must offer a refusal as plainly as an acceptance. We compare five of them by their weight and their defaults.", "en"),
    ("Cookie-Richtlinie", "Wir verwenden Cookies, damit Sie angemeldet bleiben und um Besuche zu zählen. Die zweite Art setzen wir nur, wenn Sie zustimmen, und löschen sie nach einem Jahr.", "de"),
    ("Oat cookies", "Mix two cups of oats with one of flour, an egg and butter. Drop the dough on a tray and bake the cookies for twelve minutes. They keep for a week.", "en"),
]  # fmt: skip


def consent_innocents() -> list[Fixture]:
    """Return short pages under a banner, and pages about cookies."""
    made = []
    for n, (lang, title, text) in enumerate([*_SHORT, *_SHORT]):
        head, ask = _ask(lang, list(_MAKERS)[(n + 1) % len(_MAKERS)])
        made.append(
            innocent("consent_wall", title, P.format(text), head=head, lang=lang, before=ask, bare=n >= len(_SHORT))
        )
    made += [
        innocent("consent_wall", title, P.format(text) * 2, lang=lang, url=f"/{title.split()[0].lower()}")
        for title, text, lang in _ABOUT_COOKIES
    ]
    return made


_BEGINNINGS = [
    ("en", "The crane that fell", "The crane at the east quay had been inspected only a week before it fell. Its owner says that nothing was found…", "Subscribe to continue reading", "Already a subscriber? Sign in. Cancel any time."),
    ("en", "Inside the tide gate", "For ninety years one family has lived beside the tide gate. When the last keeper retires in May…", "You’ve reached your limit of free articles this month.", "Subscribe for unlimited access."),
    ("en", "Who owns the harbour?", "Three companies hold the leases of the quays, and two of them share one address...", "This article is for subscribers only", "Start your free trial to read the full article."),
    ("en", "Letter from the bay", "This week I walked the northern shore with a surveyor, who showed me where the sea…", "This post is for paid subscribers", "Already a paid subscriber? Sign in"),
    ("de", "Der gestürzte Kran", "Der Kran am Ostkai war erst eine Woche zuvor geprüft worden. Sein Besitzer sagt, es sei nichts gefunden worden …", "Jetzt weiterlesen mit Plus", "Bereits Abonnent? Anmelden. Jederzeit kündbar."),
    ("de", "Wem gehört der Hafen?", "Drei Firmen halten die Pacht der Kais, und zwei davon teilen sich eine Adresse …", "Diesen Artikel weiterlesen: jetzt Abo testen", "Nur für Abonnenten"),
    ("fr", "La grue tombée", "La grue du quai est avait été contrôlée une semaine avant sa chute. Son propriétaire affirme que rien…", "Cet article est réservé aux abonnés", "Abonnez-vous pour lire la suite. Déjà abonné ? Se connecter"),
    ("fr", "À qui est le port ?", "Trois sociétés tiennent les baux des quais, et deux partagent une adresse…", "Il vous reste 85 % de cet article à lire", "La suite est réservée aux abonnés. Sans engagement."),
    ("es", "La grúa caída", "La grúa del muelle este había sido revisada una semana antes de caer. Su dueño dice que nada…", "Contenido exclusivo para suscriptores", "Suscríbete para seguir leyendo. ¿Ya eres suscriptor?"),
    ("it", "La gru caduta", "La gru della banchina est era stata controllata una settimana prima di cadere. Il proprietario dice…", "Contenuto riservato agli abbonati", "Abbonati per continuare a leggere. Sei già abbonato?"),
    ("pt", "O guindaste caído", "O guindaste do cais leste tinha sido verificado uma semana antes de cair. O dono diz…", "Conteúdo exclusivo para assinantes", "Assine para continuar lendo. Já é assinante?"),
    ("nl", "De gevallen kraan", "De kraan aan de oostkade was een week voor de val nog gekeurd. De eigenaar zegt…", "Alleen voor abonnees", "Word abonnee en lees verder. Al abonnee?"),
    ("ja", "倒れたクレーン", "東岸壁のクレーンは倒れる一週間前に点検を受けたばかりだった。所有者によると…", "この記事は会員限定です。", "残り1,240文字。登録すると続きを読むことができます。"),
    ("zh", "倒下的起重机", "东码头的起重机在倒塌前一周刚刚接受过检查，业主表示没有发现问题……", "本文为付费内容", "订阅后阅读全文，已是会员请登录。"),
    ("ru", "Упавший кран", "Кран на восточном причале проверяли за неделю до падения. Владелец говорит, что ничего…", "Материал доступен только для подписчиков", "Оформите подписку, чтобы читать дальше."),
]  # fmt: skip


_PAYWALL_HEADS = (
    "<script src='https://cdn.tinypass.com/api/tinypass.min.js'></script>",
    "",
    script('{"@type":"NewsArticle","isAccessibleForFree":false}'),
    "<script src='https://assets.poool.fr/x.js'></script>",
)


def paywalls() -> list[Fixture]:
    """Return the beginnings of articles whose rest is for subscribers."""
    made = []
    for n, (lang, title, text, ask, more) in enumerate([*_BEGINNINGS, *_BEGINNINGS[:9]]):
        gate = f"<div class='{('paywall', 'article-gate', 'subscriber-only', 'regwall')[n % 4]}'><h3>{ask}</h3><p>{more}</p></div>"
        made.append(
            wall(
                "paywall",
                f"{title} | Acme",
                f"<article><h1>{title}</h1><p>{text}</p>{gate}</article>",
                head=_PAYWALL_HEADS[(n + n // 15) % 4],
                lang=lang,
                chrome=n % 2 == 0,
            )
        )
    return made


_WHOLE = (
    "The crane at the east quay had been inspected only a week before it fell. Its owner says that nothing was found, and the papers bear him out. "
    "What the inspectors did not see was the sand below it. For eleven years the tide had carried it away, a hand’s breadth each winter, from under the very stones that the crane stood on. "
    "The harbour board has now closed the quay for heavy loads until the ground has been filled. Divers begin on Monday, and the work is to be done by the end of May. "
    "Fishing boats may go on landing their catch, since their lorries weigh less than three tonnes. The board will pay for the way around. "
) * 3  # fmt: skip


_ABOUT_SUBSCRIBING = [
    ("Subscribe", "Digital costs 9 coins a month, paper and digital 19. Both hold all issues since 1951, and can be cancelled at the end of any month. Students pay half.", "en"),
    ("How paywalls work", "A metered paywall counts what you read and asks after the fifth article. A hard one shows only the first lines. We looked at how forty papers do it, and what readers say of it.", "en"),
    ("Mitglied werden", "Mitglieder zahlen 60 Euro im Jahr. Dafür erhalten sie vier Hefte, freien Eintritt ins Museum und eine Stimme in der Versammlung.", "de"),
    ("S’abonner", "L'abonnement numérique coûte 9 euros par mois et donne toutes les archives depuis 1951. Les étudiants paient la moitié.", "fr"),
    ("購読のご案内", "電子版は月額九百円です。千九百五十一年からのすべての号を読むことができます。学生は半額です。いつでも解約できます。", "ja"),
    ("Membership plugin", "The plugin hides pages from those who are not members. Mark a page as such in its settings, and choose what visitors see in its place.", "en"),
    ("Newsletter", "Once a month we write about boats, tides and the people of the bay. Sign up with your address; a link in each letter ends it.", "en"),
    ("Premium moorings", "Our premium berths lie behind the wall, out of the swell. Each has water, power for 32 amperes, and a finger pontoon on both sides.", "en"),
]  # fmt: skip


_OFFERS = (
    "<p>Enjoyed this article? Subscribe to our newsletter.</p>",
    "<aside class='subscribe-box'><p>Subscribe for unlimited access. Cancel any time.</p></aside>",
    "<div class='metered-banner'>You have 3 free articles left this month.</div>",
    "",
)


def paywall_innocents() -> list[Fixture]:
    """Return whole articles on sites that sell subscriptions, offers of subscriptions, and pages about paywalls."""
    made = []
    for n, title in enumerate(
        ("The crane that fell", "Sand below the quay", "A harbour without a crane", "Divers at the quay")
    ):
        for offer in _OFFERS:
            made.append(
                innocent(
                    "paywall",
                    title,
                    P.format(_WHOLE) + offer,
                    head=("<script src='https://cdn.piano.io/x.js'></script>", "")[n % 2],
                )
            )
    return made + [innocent("paywall", title, P.format(text), lang=lang) for title, text, lang in _ABOUT_SUBSCRIBING]


_ROOTS = [
    "<noscript>You need to enable JavaScript to run this app.</noscript><div id='root'></div><script src='/static/js/main.1a.js'></script>",
    "<noscript><strong>We're sorry but acme doesn't work properly without JavaScript enabled. Please enable it to continue.</strong></noscript><div id='app'></div><script src='/js/app.1a.js'></script>",
    "<app-root></app-root><script src='runtime.1a.js' type='module'></script><script src='main.1a.js' type='module'></script>",
    "<app-root><div class='spinner'>Loading...</div></app-root><script src='main.js'></script>",
    '<div id=\'__next\'></div><script id=\'__NEXT_DATA__\' type=\'application/json\'>{"props":{"pageProps":{}},"page":"/","query":{},"buildId":"a1"}</script><script src=\'/_next/static/chunks/main.js\'></script>',
    "<div id='__nuxt'></div>"
    + script("window.__NUXT__={serverRendered:false}")
    + "<script src='/_nuxt/entry.js'></script>",
    "<div id='root'><div class='loader'></div></div><script type='module' src='/assets/index-1a.js'></script>",
    "<div id='app'><p>Loading…</p></div><script src='/build/bundle.js'></script>",
    "<div id='___gatsby'></div><script src='/app-1a.js'></script>",
    "<div id='svelte'></div><script type='module' src='/_app/start.js'></script>",
    "<flt-glass-pane></flt-glass-pane><script src='flutter_bootstrap.js'></script>",
    "<div id='application'></div><noscript>Please turn on JavaScript in your browser.</noscript><script src='/assets/vendor.js'></script>",
]


def shells() -> list[Fixture]:
    """Return applications that have not run."""
    titles = ("Acme", "Acme – Boats for everyone", "React App", "Willkommen")
    return [
        wall("js_shell", titles[(n + n // 12) % 4], root, lang=("en", "de")[n % 2], url=("/", "/pricing")[n % 2])
        for n, root in enumerate([*_ROOTS, *_ROOTS])
    ]


_PAGES = [
    ("en", "Opening hours", "The office is open from nine to five, in winter until four."),
    (
        "en",
        "Why this site needs no JavaScript",
        "All pages are made on the server, so that they can be read without scripts. What is added by them is the search.",
    ),
    ("de", "Preise", "Ein Liegeplatz kostet 12 Euro am Tag. Strom kostet drei Euro, Wasser ist frei."),
    ("fr", "Tarifs", "Une place coûte 12 euros par jour. L'électricité coûte trois euros, l'eau est gratuite."),
    (
        "ja",
        "料金",
        "係留料金は一日千二百円です。電気は三百円、水道は無料でお使いいただけます。お支払いは窓口でどうぞ。",
    ),
]


_RENDERED = [
    "<div id='root'>{}</div><script src='/static/js/main.js'></script>",
    "<div id='__next'>{}</div><script src='/_next/static/chunks/main.js'></script>",
    "<noscript>You need to enable JavaScript to run this app.</noscript><div id='app'>{}</div><script src='/js/app.js'></script>",
    "<app-root ng-version='17.0.0'>{}</app-root><script src='main.js'></script>",
]


def shell_innocents() -> list[Fixture]:
    """Return applications rendered before they were sent, and short pages with many scripts."""
    return [
        innocent("js_shell", title, frame.format(P.format(text)), lang=lang, bare=n % 2 == 0)
        for n, frame in enumerate(_RENDERED)
        for lang, title, text in _PAGES
    ]


KINDS = {
    "consent_wall": (consent_walls, consent_innocents),
    "paywall": (paywalls, paywall_innocents),
    "js_shell": (shells, shell_innocents),
}
