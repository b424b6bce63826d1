"""Fixtures of pages that are none: soft 404s, errors, parked domains, empty shells; with their look-alikes."""

from __future__ import annotations

from .frames import Fixture, innocent, script, wall

P = "<p>{}</p>"


_NOT_FOUND = [
    ("en", "Page not found", "The page you are looking for might have been removed, had its name changed, or is temporarily unavailable.", "Go to homepage"),
    ("en", "404", "Oops! We can’t seem to find the page you’re looking for.", "Take me home"),
    ("en", "Oops! That page can’t be found.", "It looks like nothing was found at this location. Maybe try a search?", "Search"),
    ("en", "This page isn't available", "The link you followed may be broken, or the page may have been removed.", "Go back to Acme"),
    ("en", "Not Found", "The requested URL /x was not found on this server.", ""),
    ("en", "Product no longer available", "Sorry, this product does not exist anymore. Please check the URL or return to the home page.", "Continue shopping"),
    ("en", "Lost?", "Sorry, we couldn’t find that page. Double-check the address, or head back to the home page.", "Home"),
    ("de", "Seite nicht gefunden", "Die gesuchte Seite wurde verschoben, gelöscht oder hat nie existiert.", "Zur Startseite"),
    ("de", "Fehler 404", "Leider konnte die angeforderte Seite nicht gefunden werden. Bitte prüfen Sie die Adresse.", "Zurück zur Startseite"),
    ("fr", "Page introuvable", "La page que vous recherchez n'existe pas ou a été déplacée.", "Retour à l'accueil"),
    ("es", "Página no encontrada", "La página que busca no existe o ha sido movida.", "Volver al inicio"),
    ("it", "Pagina non trovata", "La pagina che stai cercando non esiste o è stata spostata.", "Torna alla home"),
    ("pt", "Página não encontrada", "A página que você procura não existe ou foi removida.", "Voltar para a página inicial"),
    ("nl", "Pagina niet gevonden", "De pagina die u zoekt bestaat niet meer of is verplaatst.", "Terug naar home"),
    ("pl", "Nie znaleziono strony", "Strona, której szukasz, nie istnieje lub została usunięta.", "Powrót na stronę główną"),
    ("ru", "Страница не найдена", "Запрашиваемая страница не существует или была удалена.", "На главную"),
    ("ja", "ページが見つかりません", "お探しのページは見つかりませんでした。削除されたか、URLが変更された可能性があります。", "トップページへ戻る"),
    ("zh", "页面不存在", "抱歉，您访问的页面不存在或已被删除。", "返回首页"),
    ("ko", "페이지를 찾을 수 없습니다", "요청하신 페이지가 삭제되었거나 주소가 변경되었습니다.", "홈으로"),
    ("sv", "Sidan kunde inte hittas", "Sidan du letar efter finns inte längre eller har flyttats.", "Till startsidan"),
    ("tr", "Sayfa bulunamadı", "Aradığınız sayfa taşınmış veya silinmiş olabilir.", "Ana sayfaya dön"),
]  # fmt: skip


_OF_PROGRAMS = [
    wall("soft_404", "404 Not Found", "<center><h1>404 Not Found</h1></center><hr><center>nginx/1.24.0</center>"),
    wall(
        "soft_404",
        "Page not found at /x",
        "<h1>Page not found <span>(404)</span></h1><p>Using the URLconf defined in <code>acme.urls</code>, Django tried these URL patterns, in this order:</p><ol><li>admin/</li><li>boats/</li></ol><p>The current path, x, didn’t match any of these.</p><p>You’re seeing this error because you have <code>DEBUG = True</code> in your Django settings file.</p>",
    ),
    wall(
        "soft_404",
        "404: This page could not be found",
        "<div id='__next'><h1 class='next-error-h1'>404</h1><h2>This page could not be found.</h2></div>"
        + script('x={"page":"/_error"}'),
    ),
    wall("soft_404", "Error", "<pre>Cannot GET /boats/9</pre>"),
]
"""As servers and frameworks write them by themselves."""


def soft_404s() -> list[Fixture]:
    """Return pages that say with status 200 that there is nothing there."""
    made = []
    for n, (lang, title, text, home) in enumerate(_NOT_FOUND):
        number = "<div class='error-code'>404</div>" if n % 3 == 0 else ""
        made.append(
            wall(
                "soft_404",
                (f"{title} | Acme", title, "Acme")[n % 3 if n % 5 else 0],
                f"{number}<h1>{title}</h1><p>{text}</p><a href='/'>{home}</a>",
                lang=lang,
                chrome=n % 2 == 0,
            )
        )
    return [*made, *_OF_PROGRAMS]


_ABOUT_LOSS = [
    ("How to fix 404 errors", "A 404 error means that the server knows no such page. List the broken links in your logs, send each old address to its new one, and keep the redirect for a year. A friendly error page helps those who mistype."),
    ("Lost and found office", "Things that were found on our buses are kept for three months. The office at the main station is open from ten to six. Bring a card that names you, and say where you lost it."),
    ("404 Not Found", "The status code 404 tells a client that the server cannot find the thing it asked for. A server answers 410 instead when the thing was removed for good. Caches may keep either for as long as the header says."),
    ("The page that was not found", "Her new novel follows a bookbinder who looks for the last leaf of a manuscript. It was torn out in a convent in 1611 and sold to three collectors at once. Critics praise its patience."),
    ("Missing pages in your PDF", "If a page is missing in the export, open the print settings and choose all sections. Large drawings are left out by default since they need more paper than most printers hold."),
    ("Discontinued products", "The pump P3 is no longer made. Spare parts are sold until 2030, and the P4 fits the same flange. Send us the number on the plate and we name the part."),
    ("Designing a 404 page", "A good page of this kind says what happened in plain words and offers a search. Ours shows three popular guides. Since then fewer people leave at once."),
    ("Search tips", "Use quotes for an exact phrase and a minus to leave a word out. If nothing was found, try fewer words or check the spelling. The index is renewed each night."),
]  # fmt: skip


_ABOUT_LOSS_ABROAD = [
    ("de", "Fehler 404 beheben", "Der Fehler 404 bedeutet, dass der Server die Seite nicht kennt. Leiten Sie alte Adressen auf neue um und prüfen Sie Ihre Verweise einmal im Monat."),
    ("de", "Fundbüro", "Fundsachen aus unseren Bussen werden drei Monate aufbewahrt. Das Büro am Bahnhof ist von zehn bis sechs Uhr geöffnet."),
    ("fr", "Comment corriger une erreur 404", "Une erreur 404 signifie que le serveur ne connaît pas la page. Redirigez les anciennes adresses vers les nouvelles et vérifiez vos liens chaque mois."),
    ("fr", "Objets trouvés", "Les objets trouvés dans nos bus sont gardés trois mois. Le bureau de la gare est ouvert de dix à dix-huit heures."),
    ("es", "Cómo arreglar errores 404", "Un error 404 significa que el servidor no conoce la página. Redirija las direcciones antiguas a las nuevas y revise los enlaces cada mes."),
    ("ja", "404エラーの直し方", "404エラーは、サーバーにそのページがないことを示します。古いアドレスを新しいものに転送し、毎月リンクを点検してください。"),
    ("zh", "如何修复404错误", "404错误表示服务器上没有该页面。请把旧地址重定向到新地址，并且每个月检查一次链接。"),
    ("pt", "Achados e perdidos", "Os objetos encontrados nos ônibus ficam guardados por três meses. O escritório da estação abre das dez às dezoito horas."),
]  # fmt: skip


_SHORT = [
    ("Contact", "Acme Boats, 12 Quay Street, Tarn Bay. Call 555 0134 or write to hello@acme.example. Open nine to five.", "en"),
    ("Opening hours", "Monday to Friday from 9:00 to 17:00, Saturday until 12:00. Closed on Sunday.", "en"),
    ("Preise", "Liegeplatz 12 € am Tag, Strom 3 €, Wasser frei. Bezahlt wird am Automaten.", "de"),
    ("お問い合わせ", "電話：055-5501-3434。営業時間は平日九時から五時までです。メールでのお問い合わせにも二日以内にお答えします。", "ja"),
    ("联系我们", "电话：555-0134。工作时间为周一至周五九点到五点，邮件两天之内回复。", "zh"),
    ("Pricing", "Starter $9 a month. Team $29 a month. Both free for 14 days.", "en"),
]  # fmt: skip


def soft_404_innocents() -> list[Fixture]:
    """Return pages about what is lost, and about status codes."""
    made = [innocent("soft_404", title, P.format(text)) for title, text in _ABOUT_LOSS]
    made += [innocent("soft_404", title, P.format(text), lang=lang) for lang, title, text in _ABOUT_LOSS_ABROAD]
    return made + [innocent("soft_404", title, P.format(text), lang=lang) for title, text, lang in _SHORT]


_ERRORS = [
    ("500 Internal Server Error", "<center><h1>500 Internal Server Error</h1></center><hr><center>nginx</center>", "en"),
    ("502 Bad Gateway", "<center><h1>502 Bad Gateway</h1></center><hr><center>openresty</center>", "en"),
    ("503 Service Temporarily Unavailable", "<center><h1>503 Service Temporarily Unavailable</h1></center><hr><center>nginx/1.18.0</center>", "en"),
    ("500 Internal Server Error", "<h1>Internal Server Error</h1><p>The server encountered an internal error or misconfiguration and was unable to complete your request.</p><p>Please contact the server administrator at webmaster@acme.example.</p><hr><address>Apache/2.4.52 (Ubuntu) Server at acme.example Port 80</address>", "en"),
    ("Runtime Error", "<h1>Server Error in '/' Application.<hr></h1><h2><i>Runtime Error</i></h2><p>Description: An application error occurred on the server. The current custom error settings for this application prevent the details from being viewed remotely.</p><p>Details: set the customErrors tag in web.config to Off.</p>", "en"),
    ("DisallowedHost at /", "<h1>DisallowedHost at /</h1><pre>Invalid HTTP_HOST header: 'acme.example'. You may need to add 'acme.example' to ALLOWED_HOSTS.</pre><p>Django Version: 5.2</p><p>Exception Type: DisallowedHost</p><p>You’re seeing this error because you have <code>DEBUG = True</code> in your Django settings file.</p>", "en"),
    ("Whoops, looks like something went wrong.", "<h1>Whoops, looks like something went wrong.</h1><p>ErrorException in Boats.php line 12</p>", "en"),
    ("Server Error", "<div class='flex items-center pt-8 sm:justify-start'><div>500</div><div>Server Error</div></div>", "en"),
    ("Application error", "<h2>Application error: a client-side exception has occurred while loading acme.example (see the browser console for more information).</h2>", "en"),
    ("Database Error", "<h1>Error establishing a database connection</h1>", "en"),
    ("WordPress › Error", "<p>There has been a critical error on this website. Please check your site admin email inbox for instructions.</p>", "en"),
    ("Maintenance", "<p>Briefly unavailable for scheduled maintenance. Check back in a minute.</p>", "en"),
    ("We're sorry, but something went wrong (500)", "<h1>We're sorry, but something went wrong.</h1><p>If you are the application owner check the logs for more information.</p>", "en"),
    ("Application Error", "<h1>Application error</h1><p>An error occurred in the application and your page could not be served. If you are the application owner, check your logs for details.</p><iframe src='//www.herokucdn.com/error-pages/application-error.html'></iframe>", "en"),
    ("acme", "<b>Fatal error</b>: Uncaught PDOException: SQLSTATE[HY000] [2002] Connection refused in /var/www/html/db.php:12 Stack trace: #0 thrown in <b>/var/www/html/db.php</b> on line <b>12</b>", "en"),
    ("HTTP Status 500 – Internal Server Error", "<h1>HTTP Status 500 – Internal Server Error</h1><hr><p><b>Type</b> Exception Report</p><p><b>Message</b> java.lang.NullPointerException</p><h3>Apache Tomcat/9.0.5</h3>", "en"),
    ("503 Backend fetch failed", "<h1>Error 503 Backend fetch failed</h1><p>Backend fetch failed</p><h3>Guru Meditation:</h3><p>XID: 12</p><p>Varnish cache server</p>", "en"),
    ("Something went wrong", "<h1>Something went wrong</h1><p>An unexpected error has occurred. Our team has been notified. Please try again later.</p>", "en"),
    ("We'll be right back", "<h1>We'll be right back</h1><p>Our site is undergoing scheduled maintenance. Please check back soon.</p>", "en"),
    ("Wartungsarbeiten", "<h1>Wartungsarbeiten</h1><p>Unsere Seite wird gerade gewartet. Bitte versuchen Sie es später erneut.</p>", "de"),
    ("Interner Serverfehler", "<h1>Interner Serverfehler</h1><p>Es ist ein Fehler aufgetreten. Bitte versuchen Sie es in einigen Minuten noch einmal.</p>", "de"),
    ("Une erreur est survenue", "<h1>Une erreur est survenue</h1><p>Le service est momentanément indisponible. Veuillez réessayer plus tard.</p>", "fr"),
    ("Error del servidor", "<h1>Error del servidor</h1><p>Ha ocurrido un error inesperado. Inténtelo de nuevo más tarde.</p>", "es"),
    ("メンテナンス中", "<h1>メンテナンス中</h1><p>ただいまメンテナンスを行っております。しばらく経ってから再度アクセスしてください。</p>", "ja"),
    ("系统错误", "<h1>系统错误</h1><p>服务器繁忙，请稍后再试。</p>", "zh"),
]  # fmt: skip


def error_pages() -> list[Fixture]:
    """Return errors that came with status 200, as programs and their makers write them."""
    return [wall("error_page", title, body, lang=lang) for title, body, lang in _ERRORS]


_ABOUT_ERRORS = [
    ("en", "500 Internal Server Error explained", "The server met a state that it did not expect. Look into its log first: nine times of ten the cause stands in the last line. Common ones are a missing module, a wrong right on a file, and a full disk."),
    ("en", "Boiler maintenance", "We look after your boiler once a year. A fitter cleans the burner, measures the exhaust and replaces worn seals. The visit takes an hour and costs 120 coins, parts not included."),
    ("en", "Handling exceptions in Python", "Catch what you can mend and let the rest go up. A bare except hides the fault that you will look for next week."),
    ("en", "Status codes of the API", "The API answers 400 for what it cannot read, 429 when you ask too often, and 503 while a node is moved. Try again after the time that the header names; all calls may be repeated."),
    ("en", "Scheduled maintenance in March", "On the third of March the lock gates are repaired and no boat can pass from six to noon. The railway bridge stays open. Moorings on both sides are free that day."),
    ("en", "What went wrong at the quay", "The inquiry found that the crane was loaded with twelve tonnes, three over its limit. The driver had been told of nine. The board now weighs each load twice."),
    ("de", "Wartung Ihrer Heizung", "Einmal im Jahr reinigen wir den Brenner, messen die Abgase und tauschen alte Dichtungen. Der Besuch dauert eine Stunde und kostet 120 Euro."),
    ("de", "Fehler 500 beheben", "Sehen Sie zuerst in das Protokoll des Servers. Meist steht die Ursache in der letzten Zeile: ein fehlendes Modul, ein falsches Recht oder eine volle Platte."),
    ("fr", "Entretien de la chaudière", "Une fois par an nous nettoyons le brûleur et mesurons les fumées. La visite dure une heure et coûte 120 euros, pièces non comprises."),
    ("es", "Cómo solucionar el error 500", "Mire primero el registro del servidor. Casi siempre la causa está en la última línea: falta un módulo, un permiso es incorrecto o el disco está lleno."),
    ("ja", "サーバーエラーの調べ方", "まずログの最後の行を確認します。多くの場合、モジュールの不足、権限の誤り、ディスクの空き不足のいずれかが原因です。"),
    ("zh", "服务器错误排查指南", "首先查看日志的最后一行。常见原因有缺少模块、文件权限不正确和磁盘已满，逐一检查即可恢复。"),
]  # fmt: skip


def error_innocents() -> list[Fixture]:
    """Return pages about errors and upkeep, and pages that show code of errors."""
    made = [innocent("error_page", title, P.format(text), lang=lang) for lang, title, text in _ABOUT_ERRORS]
    code = '<pre>Traceback (most recent call last):\n  File "a.py", line 3\nValueError: no boat</pre>'
    for title, text in (
        ("Reading a traceback", "Read a traceback from below: the last line names the fault, the lines above it the way that led there. The file and the line of your own code are what you look for."),
        ("Changelog", "Version 2.1 names the boat in the error. Version 2.0 reads the new format and drops the old one. Both run on Python 3.11 and later."),
        ("Debugging the importer", "Run the importer with the switch for more words. It then prints each row before it is read, and where it stops, the row above is the one to mend."),
        ("Deploying behind nginx", "Set the upstream to the socket, raise the time limit to a minute, and reload. If you see a 502 the program does not run; start it by hand to learn why."),
    ):  # fmt: skip
        made += [
            innocent("error_page", title, P.format(text) + code),
            innocent("error_page", title, code + P.format(text), bare=True),
        ]
    return made


_RELATED = "<div class='related'><h3>{}</h3>" + "".join(f"<a href='/s?{n}'>{each}</a> " for n, each in enumerate(("Boat Insurance", "Cheap Flights", "Car Hire", "Online Degrees"))) + "</div>"  # fmt: skip


_CAF = "<script src='https://www.google.com/adsense/domains/caf.js'></script>"


_PARKED = [
    ("acme.example", "<h1>acme.example</h1>" + _RELATED.format("Related Searches") + "<p>The domain acme.example may be for sale. Click here to inquire about this domain.</p>", _CAF, "en"),
    ("acme.example is for sale", "<h1>acme.example is for sale</h1><p>Buy this domain safely through Sedo. Make an offer today.</p><img src='https://img.sedoparking.com/logo.png'>", "", "en"),
    ("acme.example", "<p>This webpage was generated by the domain owner using Sedo Domain Parking. Disclaimer: Sedo maintains no relationship with third party advertisers.</p>" + _RELATED.format("Related Links"), "<script src='//img.sedoparking.com/x.js'></script>", "en"),
    ("acme.example", "<h1>acme.example</h1><p>This domain is parked free, courtesy of GoDaddy.com.</p><a href='https://www.godaddy.com/domainsearch'>Get this domain</a>", "", "en"),
    ("acme.example", "<div id='root'></div>" + script("window.LANDER_SYSTEM='PW'"), "<script src='https://img1.wsimg.com/parking-lander/static/js/main.js'></script>", "en"),
    ("Registered at Namecheap.com", "<h1>acme.example</h1><p>This domain is registered at Namecheap. This domain was recently registered at Namecheap. Please check back later!</p>", "", "en"),
    ("acme.example", _RELATED.format("Related searches") + "<p>This domain has expired. Is this your domain? Renew it now.</p>", "<script src='https://d38psrni17bvxu.cloudfront.net/x.js'></script>", "en"),
    ("acme.example - domain expired", "<h1>acme.example has expired</h1><p>If you are the domain owner, renew your domain now.</p>", "", "en"),
    ("HugeDomains.com", "<h1>acme.example</h1><p>This domain is for sale: $2,495</p><p>Purchase this domain today. Since 2005 we have helped people get the domain they want.</p>", "<link href='https://static.hugedomains.com/css/a.css'>", "en"),
    ("acme.example", "<p>The owner of acme.example is offering it for sale for an asking price of 900 USD!</p><p>Make offer</p><script src='https://dan.com/buy-domain/acme'></script>", "", "en"),
    ("acme.example", "<p>Interested in this domain? Get a price in less than 24 hours.</p><h2>acme.example is parked</h2>", "<script src='https://www.afternic.com/forsale/acme.example'></script>", "en"),
    ("acme.example", "<h1>acme.example</h1><p>2026 Copyright. All Rights Reserved. The Sponsored Listings displayed above are served automatically by a third party.</p>" + _RELATED.format("Related Topics"), "<script src='https://bodis.com/x.js'></script>", "en"),
    ("acme.example steht zum Verkauf", "<h1>Diese Domain steht zum Verkauf</h1><p>Sie können die Domain acme.example kaufen. Jetzt Preis anfragen.</p>", "", "de"),
    ("acme.example", "<p>Diese Domain ist bereits registriert.</p><p>Domain wurde bei IONOS geparkt. Der Domain-Inhaber hat noch keine Seite hinterlegt.</p>", "", "de"),
    ("acme.example", "<h1>Ce nom de domaine est à vendre</h1><p>Le domaine acme.example est en vente. Faire une offre.</p>" + _RELATED.format("Recherches associées"), _CAF, "fr"),
    ("acme.example", "<h1>El dominio acme.example está en venta</h1><p>Puede comprar este dominio ahora. Hacer una oferta.</p>", "", "es"),
    ("acme.example", "<h1>Questo dominio è in vendita</h1><p>Acquista questo dominio: fai un'offerta.</p>", "", "it"),
    ("acme.example", "<h1>Dit domein is te koop</h1><p>Doe een bod op de domeinnaam acme.example.</p>", "", "nl"),
    ("acme.example", "<h1>Ta domena jest na sprzedaż</h1><p>Kup domenę acme.example. Złóż ofertę.</p>", "", "pl"),
    ("acme.example", "<h1>Домен acme.example продается</h1><p>Купить этот домен можно у владельца.</p>", "", "ru"),
    ("acme.example", "<p>このドメインは販売中です。ドメインを購入するにはお問い合わせください。</p>" + _RELATED.format("関連キーワード"), "", "ja"),
    ("acme.example", "<h1>此域名正在出售</h1><p>购买此域名请联系卖家，欢迎报价。</p>", "", "zh"),
    ("Welcome to nginx!", "<h1>Welcome to nginx!</h1><p>If you see this page, the nginx web server is successfully installed and working. Further configuration is required.</p><p>For online documentation and support please refer to nginx.org.</p>", "", "en"),
    ("Apache2 Ubuntu Default Page: It works", "<h1>Apache2 Default Page</h1><p>It works!</p><p>This is the default welcome page used to test the correct operation of the Apache2 server after installation on Ubuntu systems.</p>", "", "en"),
    ("IIS Windows Server", "<a href='http://go.microsoft.com/'><img src='iisstart.png' alt='IIS'></a>", "", "en"),
]  # fmt: skip


def parked() -> list[Fixture]:
    """Return pages that registrars and brokers show for domains."""
    return [wall("parked", title, body, head=head, lang=lang, url="/") for title, body, head, lang in _PARKED]


_ABOUT_DOMAINS = [
    ("en", "What is a parked domain?", "A parked domain has an owner but no site. Registrars show advertisements on it and share what they earn. To use yours, point its name servers at your host; the change takes up to a day."),
    ("en", "Parking at the harbour", "Cars are parked behind the east quay for 3 coins a day. The gate closes at ten. Trailers need a card from the office."),
    ("en", "Boats for sale", "A sloop of eight metres, built in 1998, is for sale for 9,000 coins. The sails are from 2021 and the engine was overhauled last spring. See it at berth 14."),
    ("en", "How to buy a domain", "Choose a name that can be told over the phone. A registrar sells it for some ten dollars a year. If it is taken, a broker may ask the owner for a price, which is rarely low."),
    ("en", "Domain registration", "Register your domain with us for 12 coins a year. Name servers, mail forwarding and a certificate are included. Transfers take five days and cost nothing."),
    ("en", "Renewing your domain", "We remind you by mail 30, 14 and 3 days before a domain expires. After that it is kept for you for 40 days, and then anyone may register it."),
    ("de", "Was ist eine geparkte Domain?", "Eine geparkte Domain hat einen Inhaber, aber keine Seite. Der Registrar zeigt darauf Werbung. Wer sie nutzen will, trägt die Nameserver seines Anbieters ein."),
    ("de", "Parken am Hafen", "Autos parken hinter dem Ostkai für 3 Euro am Tag. Das Tor schließt um zehn Uhr. Anhänger brauchen eine Karte aus dem Büro."),
    ("fr", "Acheter un nom de domaine", "Choisissez un nom facile à dire au téléphone. Un bureau d'enregistrement le vend une dizaine d'euros par an. S'il est pris, un courtier peut interroger son propriétaire."),
    ("es", "Aparcar en el puerto", "Los coches se aparcan detrás del muelle este por 3 monedas al día. La puerta cierra a las diez."),
    ("ja", "ドメインの取得方法", "電話で伝えやすい名前を選びましょう。登録料は年に千円ほどです。既に使われている場合は、仲介業者が所有者に価格を尋ねます。"),
    ("zh", "如何注册域名", "请选择一个容易在电话里说清楚的名字。注册费每年大约十美元，如果名字已经有人使用，可以请中介询问价格。"),
]  # fmt: skip


_ABOUT_HOSTING = [
    ("Installing nginx", "Install the package and open port 80. The page “Welcome to nginx!” shows that it runs. Then put your own site into a file of its own and reload."),
    ("Testing Apache", "After the installation the default page says “It works!”. Replace the file in the document root by your own and set its rights."),
    ("Our hosting", "Each plan has ten sites, daily copies and support by people. Small costs 5 coins, large 15. Move with us and the first three months are free."),
    ("Our offer for schools", "Schools make an offer to their pupils with our boats: a class sails for a day, learns four knots and cooks on board. Up to twelve may come."),
]  # fmt: skip


def parked_innocents() -> list[Fixture]:
    """Return pages about domains and parking, and pages that sell other things."""
    made = [innocent("parked", title, P.format(text), lang=lang) for lang, title, text in _ABOUT_DOMAINS]
    for title, text in _ABOUT_HOSTING:
        made += [innocent("parked", title, P.format(text)), innocent("parked", title, P.format(text), bare=True)]
    return made


KINDS = {
    "soft_404": (soft_404s, soft_404_innocents),
    "error_page": (error_pages, error_innocents),
    "parked": (parked, parked_innocents),
}
