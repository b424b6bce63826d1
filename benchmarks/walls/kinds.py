"""Fixtures for the walls: pages made after how the real ones look, and innocent look-alikes, of each kind the same many.

Written as data: a title, a body and what stands in the head, set into the frames of `frames`. The look-alikes talk
of the same matter, or have its forms, scripts and banners, and are pages all the same.
"""

from __future__ import annotations

from .frames import Fixture, button, form, innocent, script, wall

P = "<p>{}</p>"


_CLOUDFLARE = {
    "en": (
        "Just a moment...",
        "Verifying you are human. This may take a few seconds.",
        "needs to review the security of your connection before proceeding.",
    ),
    "de": (
        "Nur einen Moment…",
        "Bestätigen Sie, dass Sie ein Mensch sind. Dies kann einige Sekunden dauern.",
        "muss die Sicherheit Ihrer Verbindung überprüfen, bevor Sie fortfahren können.",
    ),
    "fr": (
        "Un instant…",
        "Vérification que vous êtes humain. Cela peut prendre quelques secondes.",
        "doit vérifier la sécurité de votre connexion avant de continuer.",
    ),
    "es": (
        "Un momento…",
        "Verificando que usted es humano. Esto puede tardar unos segundos.",
        "necesita revisar la seguridad de su conexión antes de proceder.",
    ),
    "ja": (
        "しばらくお待ちください...",
        "人間であることを確認します。これには数秒かかる場合があります。",
        "続行するには、接続のセキュリティを確認する必要があります。",
    ),
    "pt": (
        "Um momento…",
        "Verificando se você é humano. Isso pode levar alguns segundos.",
        "precisa verificar a segurança da sua conexão antes de continuar.",
    ),
    "zh": ("请稍候…", "正在验证您是否是真人。这可能需要几秒钟时间。", "继续之前，需要先检查您的连接的安全性。"),
}


_OTHER_CHECKS = [
    wall("bot_wall", "Attention Required! | Cloudflare", "<h1>Sorry, you have been blocked</h1><h2>You are unable to access acme.example</h2><h2>Why have I been blocked?</h2><p>This website is using a security service to protect itself from online attacks. The action you just performed triggered the security solution.</p><h2>What can I do to resolve this?</h2><p>You can email the site owner to let them know you were blocked.</p><p>Cloudflare Ray ID: 7d1a • Your IP: 192.0.2.4</p><div id='cf-error-details'></div>", status=403),
    wall("bot_wall", "Access to this page has been denied", "<div id='px-captcha'></div><p>Press &amp; Hold to confirm you are a human (and not a bot).</p><p>Reference ID 4f2a</p>", head=script("window._pxAppId='PX1';")),
    wall("bot_wall", "shop.example", "<p id='cmsg'>Please enable JS and disable any ad blocker</p>", head=script("var dd={'rt':'c','cid':'AHr','host':'geo.captcha-delivery.com'}") + "<script src='https://ct.captcha-delivery.com/c.js'></script>", status=403),
    wall("bot_wall", "Access Denied", "<h1>Access Denied</h1> You don't have permission to access \"http&#58;&#47;&#47;www.acme.example&#47;\" on this server.<p>Reference&#32;&#35;18&#46;2d351ab8<p>https&#58;&#47;&#47;errors.edgesuite.net&#47;18.2d", status=403),
    wall("bot_wall", "", "<iframe src='/_Incapsula_Resource?CWUDNSAI=9&xinfo=4'>Request unsuccessful. Incapsula incident ID: 4490-1</iframe>", head="<meta name='robots' content='noindex, nofollow'>"),
    wall("bot_wall", "Pardon Our Interruption", "<h1>Pardon Our Interruption</h1><p>As you were browsing something about your browser made us think you were a bot. There are a few reasons this might happen:</p><ul><li>You've disabled JavaScript in your web browser.</li><li>You're a power user moving through this website with super-human speed.</li></ul><p>After completing the CAPTCHA below, you will immediately regain access.</p>"),
    wall("bot_wall", "Human Verification", "<h1>Let's confirm you are human</h1><p>Complete the security check before continuing. This step verifies that you are not a bot.</p><button>Begin</button>", head=script("window.gokuProps={key:'AQID'};") + "<script src='https://a.token.awswaf.com/a/challenge.js'></script>", status=405),
    wall("bot_wall", "Security Check", "<h1>One more step</h1><p>Please complete the security check to access shop.example</p><div class='h-captcha' data-sitekey='1'></div><script src='https://hcaptcha.com/1/api.js'></script>"),
    wall("bot_wall", "Vercel Security Checkpoint", "<p>We're verifying your browser</p><p>Website owner? Click here to fix</p><p>Vercel Security Checkpoint | fra1::17</p>", status=429),
    wall("bot_wall", "Making sure you're not a bot!", "<h1>Making sure you're not a bot!</h1><p>Loading...</p><p>You are seeing this because the administrator of this website has set up Anubis to protect the server.</p>", head="<script id='anubis_challenge' type='application/json'>{}</script>"),
    wall("bot_wall", "Client Challenge", "<p>JavaScript is disabled in your browser. Please enable JavaScript to proceed.</p><p>A required part of this site couldn’t load.</p>", head="<script src='/_fs-ch-1T1/script.js'></script>"),
    wall("bot_wall", "Robot or human?", "<h1>Robot or human?</h1><p>Activate and hold the button to confirm that you’re human. Thank You!</p><div id='px-captcha'></div>"),
    wall("bot_wall", "Robot Check", "<h4>Enter the characters you see below</h4><p>Sorry, we just need to make sure you're not a robot. For best results, please make sure your browser is accepting cookies.</p><form><input name='field-keywords'><button>Continue shopping</button></form>"),
    wall("bot_wall", "Ungewöhnliche Aktivität", "<h1>Zugriff verweigert</h1><p>Wir haben ungewöhnlichen Datenverkehr aus Ihrem Netz festgestellt. Bitte bestätigen Sie, dass Sie kein Roboter sind.</p><div class='g-recaptcha'></div>", lang="de"),
    wall("bot_wall", "访问验证", "<p>您的访问过于频繁，请完成下方验证后继续访问。</p><div>拖动滑块完成拼图</div>", lang="zh"),
    wall("bot_wall", "Sucuri WebSite Firewall - Access Denied", "<h1>Access Denied - Sucuri Website Firewall</h1><p>If you are the site owner (or you manage this site), please whitelist your IP or if you think this block is an error please open a support ticket.</p><p>Block reason: Bad bot access attempt.</p>", status=403),
    wall("bot_wall", "Request Rejected", "The requested URL was rejected. Please consult with your administrator.<br><br>Your support ID is: 1234567890<br><a href='javascript:history.back();'>[Go Back]</a>"),
    wall("bot_wall", "Доступ ограничен", "<h1>Доступ ограничен</h1><p>С вашего адреса зафиксирована подозрительная активность. Подтвердите, что вы не робот.</p>", lang="ru", status=403),
    wall("bot_wall", "Sorry...", "<h1>We're sorry...</h1><p>... but your computer or network may be sending automated queries. To protect our users, we can't process your request right now.</p><p>Our systems have detected unusual traffic from your computer network.</p>", status=429),
]  # fmt: skip


def bot_walls() -> list[Fixture]:
    """Return checks that keep programs out."""
    made = [
        wall(
            "bot_wall",
            title,
            f"<h1>acme.example</h1><h2>{check}</h2><p>acme.example {review}</p><noscript>Enable JavaScript and cookies to continue</noscript>",
            head=script("window._cf_chl_opt={cvId:'3',cZone:'acme.example'};"),
            lang=lang,
            status=403,
        )
        for lang, (title, check, review) in _CLOUDFLARE.items()
    ]
    return [*made, *_OTHER_CHECKS]


_ABOUT_BOTS = [
    ("How CAPTCHAs work", "A CAPTCHA asks a visitor to prove that they are human. Older ones showed distorted letters, newer ones watch how the pointer moves. Screen reader users are often shut out, so an audio version should be offered next to the picture."),
    ("Why do I see “Checking your browser”?", "Sites behind a shield show this page while they weigh your request. It usually ends by itself. If it does not, update the browser, allow cookies, and switch off extensions that change the user agent one after another."),
    ("Access control in our building", "Doors to the archive are opened with a badge. If access is denied, the reader blinks red; ask at the front desk, where the badge is renewed within minutes. Visitors are met at the gate by their host."),
    ("Wie man Bots erkennt", "Programme rufen Seiten in gleichen Abständen auf und laden keine Bilder. Wer seine Protokolle liest, erkennt sie an diesen Mustern. Eine Sperre trifft aber auch Menschen, weshalb wir zuerst die Zahl der Anfragen begrenzen."),
    ("Robots in the warehouse", "Forty robots carry shelves to the packers. Each finds its way by marks on the floor and waits where two paths cross. A human can stop them all by a red cord at the wall."),
    ("Comment fonctionne un CAPTCHA", "Un CAPTCHA demande de reconnaître des images ou des lettres. Les personnes malvoyantes ont besoin d'une version sonore. Nous expliquons quelles solutions respectent la vie privée et comment les installer."),
    ("ボット対策の基礎", "ウェブサイトへの大量アクセスはサーバーの負荷を高めます。当社ではまず回数を制限し、次に利用者へ確認を求めます。設定の手順は管理画面の説明をご覧ください。"),
]  # fmt: skip


_GUARDS = (
    "<script src='https://www.google.com/recaptcha/api.js'></script><div class='g-recaptcha'></div>",
    "<script src='https://hcaptcha.com/1/api.js'></script><div class='h-captcha'></div>",
    "<script src='https://challenges.cloudflare.com/turnstile/v0/api.js'></script><div class='cf-turnstile'></div>",
    "<script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'></script>",
)


_CONTACTS = [
    ("Contact us", "Write to us and we answer within two working days. The office at 12 Quay Street is open from nine to five.", "en"),
    ("Kontakt", "Schreiben Sie uns, wir antworten binnen zwei Tagen. Das Büro in der Hafenstraße 12 ist von neun bis fünf Uhr geöffnet.", "de"),
    ("Contacto", "Escríbanos y le respondemos en dos días. La oficina de la calle del Muelle 12 abre de nueve a cinco.", "es"),
    ("Ask for a quote", "Tell us the size of the roof and its pitch. A roofer calls you back, measures, and sends a price that holds for a month.", "en"),
]  # fmt: skip


def bot_innocents() -> list[Fixture]:
    """Return pages about captchas and blocking, forms with a captcha, sites behind such a guard."""
    made = [
        innocent("bot_wall", title, P.format(text), lang=lang)
        for (title, text), lang in zip(_ABOUT_BOTS, ("en", "en", "en", "de", "en", "fr", "ja"), strict=True)
    ]
    for n, guard in enumerate(_GUARDS):
        for title, text, lang in _CONTACTS:
            fields = form("name", "email", "message") if n < 3 else ""
            made.append(innocent("bot_wall", title, P.format(text) + fields + guard, lang=lang))
    return made


_SIGN_IN = {
    "en": ("Sign in", "Email address", "Password", "Forgot your password?", "Remember me", "Don't have an account? Sign up"),
    "de": ("Anmelden", "E-Mail-Adresse", "Passwort", "Passwort vergessen?", "Angemeldet bleiben", "Noch kein Konto? Jetzt registrieren"),
    "fr": ("Connexion", "Adresse e-mail", "Mot de passe", "Mot de passe oublié ?", "Se souvenir de moi", "Pas encore de compte ? Créer un compte"),
    "es": ("Iniciar sesión", "Correo electrónico", "Contraseña", "¿Olvidaste tu contraseña?", "Recordarme", "¿No tienes cuenta? Regístrate"),
    "it": ("Accedi", "Indirizzo email", "Password", "Hai dimenticato la password?", "Ricordami", "Non hai un account? Registrati"),
    "pt": ("Entrar", "E-mail", "Senha", "Esqueceu a senha?", "Lembrar de mim", "Não tem conta? Cadastre-se"),
    "nl": ("Inloggen", "E-mailadres", "Wachtwoord", "Wachtwoord vergeten?", "Ingelogd blijven", "Nog geen account? Maak er een aan"),
    "pl": ("Zaloguj się", "Adres e-mail", "Hasło", "Nie pamiętasz hasła?", "Zapamiętaj mnie", "Nie masz konta? Zarejestruj się"),
    "ru": ("Вход", "Электронная почта", "Пароль", "Забыли пароль?", "Запомнить меня", "Нет аккаунта? Зарегистрируйтесь"),
    "ja": ("ログイン", "メールアドレス", "パスワード", "パスワードをお忘れですか？", "ログイン状態を保持する", "新規会員登録はこちら"),
    "zh": ("登录", "邮箱地址", "密码", "忘记密码？", "记住我", "还没有账号？立即注册"),
    "ko": ("로그인", "이메일 주소", "비밀번호", "비밀번호를 잊으셨나요?", "로그인 상태 유지", "계정이 없으신가요? 회원가입"),
    "sv": ("Logga in", "E-postadress", "Lösenord", "Glömt lösenordet?", "Kom ihåg mig", "Inget konto? Skapa ett"),
    "tr": ("Giriş yap", "E-posta adresi", "Şifre", "Şifremi unuttum", "Beni hatırla", "Hesabınız yok mu? Kayıt olun"),
}  # fmt: skip


_OTHER_LOGINS = [
    wall("login_wall", "Acme", "<h1>Welcome back</h1><p>Sign in to continue to Acme</p><button>Continue with Google</button><button>Continue with Apple</button><button>Continue with SSO</button><form><input type='email' name='email'><button>Continue</button></form><p>Don't have an account? Sign up</p>", url="/auth/login"),
    wall("login_wall", "Members only", "<h1>Members only</h1><p>You must be logged in to view this page.</p>" + form("username", "password") + "<p>Not a member? Register now.</p>", chrome=True),
    wall("login_wall", "Log In ‹ Harbour Blog — WordPress", "<h1>Powered by WordPress</h1><form><label>Username or Email Address</label><input name='log'><label>Password</label><input type='password' name='pwd'><label>Remember Me</label><button>Log In</button></form><a href='/x'>Lost your password?</a><a href='/'>← Go to Harbour Blog</a>", url="/wp-login.php"),
    wall("login_wall", "Intranet", "<h1>Restricted area</h1><p>Authorized users only. Please log in with your company account.</p>" + form("username", "password")),
    wall("login_wall", "Sign in to your account", "<div><img alt='logo'><div>Sign in</div><input type='email' name='loginfmt' placeholder='Email, phone, or Skype'><p>No account? Create one!</p><p>Can’t access your account?</p><button>Next</button></div>", url="/oauth2/authorize"),
    wall("login_wall", "Kundenportal", "<h1>Bitte melden Sie sich an</h1><p>Dieser Bereich ist nur für Kunden.</p>" + form("Benutzername", "password") + "<a href='/p'>Passwort vergessen?</a>", lang="de"),
    wall("login_wall", "Espace client", "<h1>Connectez-vous à votre espace client</h1>" + form("identifiant", "password") + "<a href='/p'>Mot de passe oublié ?</a>", lang="fr"),
]  # fmt: skip


def login_walls() -> list[Fixture]:
    """Return pages to sign in on."""
    made = []
    for n, (lang, (title, mail, secret, forgot, keep, join)) in enumerate(_SIGN_IN.items()):
        body = f"<h1>{title}</h1><form><label>{mail}</label><input type='email' name='email'><label>{secret}</label><input type='password'><label>{keep}</label><button>{title}</button></form><a href='/reset'>{forgot}</a> <p>{join}</p>"
        made.append(
            wall(
                "login_wall",
                (f"{title} | Acme", title, f"Acme - {title}")[n % 3],
                body,
                lang=lang,
                url="/login" if n % 2 else "/members/report",
                chrome=n % 4 == 1,
            )
        )
    return [*made, *_OTHER_LOGINS]


_ABOUT_LOGIN = [
    ("How to sign in with a key", "Put the key into a port and touch it when it blinks. The site then knows you without a password. A second key kept at home saves you when the first is lost. Add both under Settings, Security.", "en"),
    ("Login help", "If your password is not accepted, check the caps lock first. You can ask for a new one by mail; the link in it holds for one hour. Accounts are locked after ten wrong tries and open again by themselves after a day.", "en"),
    ("Hilfe zur Anmeldung", "Wird Ihr Passwort nicht angenommen, prüfen Sie zuerst die Feststelltaste. Ein neues Passwort erhalten Sie per E-Mail; der Link darin gilt eine Stunde. Nach zehn Fehlversuchen wird das Konto für einen Tag gesperrt.", "de"),
    ("Problèmes de connexion", "Si votre mot de passe n'est pas accepté, vérifiez la touche de verrouillage. Vous pouvez en demander un nouveau par courriel ; le lien reste valable une heure. Après dix essais, le compte est bloqué un jour.", "fr"),
    ("Designing a login form", "Two fields are enough for most forms. Let people see what they type, name the error at the field, and never clear the address when the password is wrong. Autofill needs the right names.", "en"),
    ("Single sign-on explained", "With single sign-on a person proves who they are once, and each program asks the same provider. We support SAML and OpenID Connect on the Team plan. Setting it up takes an administrator about half an hour.", "en"),
    ("ログインできないとき", "パスワードが正しくない場合は、大文字の設定を確認してください。再設定のメールは一時間有効です。十回続けて間違えると、アカウントは一日停止されます。", "ja"),
]  # fmt: skip


_WITH_LOGIN = [
    ("Boat insurance", "We insure boats of up to twelve metres in all harbours of the coast. A boat of eight metres costs 210 coins a year, theft and storm included. Claims are paid within ten days."),
    ("The crane is back", "The crane at the east quay was repaired on Monday and lifts nine tonnes again. Boats that wait on the hard are lowered in the order of their bookings."),
    ("Pricing", "Starter costs $9 a month for three people. Team costs $29 and adds roles, export and support by phone. Both can be tried for 14 days without a card."),
    ("Members’ discounts", "Members pay half for the slipway and nothing for water. Membership costs 60 coins a year and is open to everyone who keeps a boat in the bay."),
]  # fmt: skip


_NEAR_LOGIN = [
    innocent(
        "login_wall",
        "Create an account",
        P.format(
            "An account keeps your bookings and your boat’s papers in one place. It costs nothing, and you can delete it with everything in it under Settings at any time."
        )
        + form("email", "password"),
    ),
    innocent(
        "login_wall",
        "Authentication API",
        P.format(
            "Send your key in the header of each request. A key is made under Settings and shown once. Requests without one get the status 401 and a body that says what is missing."
        )
        + "<pre>curl -H 'Authorization: Bearer KEY' https://api.example/v1/boats</pre>",
    ),
]


def login_innocents() -> list[Fixture]:
    """Return pages about signing in, and pages with a sign-in in their corner."""
    made = [innocent("login_wall", title, P.format(text), lang=lang) for title, text, lang in _ABOUT_LOGIN]
    corner = form("username", "password") + "<a href='/reset'>Forgot password?</a>"
    in_dialog = f"<div class='modal' id='login'>{corner}{button('Log in')}</div>"
    links = "<p><a href='/login'>Log in</a> or <a href='/join'>join</a></p>"
    for title, text in _WITH_LOGIN:
        made += [
            innocent("login_wall", title, P.format(text), before=f"<div class='header-login'>{corner}</div>"),
            innocent("login_wall", title, P.format(text), after=in_dialog),
            innocent("login_wall", f"{title} - Log in or join", P.format(text) + links),
        ]
    return [*made, *_NEAR_LOGIN]


KINDS = {"bot_wall": (bot_walls, bot_innocents), "login_wall": (login_walls, login_innocents)}
