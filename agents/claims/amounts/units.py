"""Units and scales as the named languages write them. Pure data."""

from agents.claims.amounts.amount import Unit

_DAY = 86400.0
_UNITS: dict[Unit, str] = {
    (
        "time",
        0.001,
    ): "ms millisecond milliseconds millisekunde millisekunden milliseconde millisecondes milisegundos ミリ秒",
    ("time", 1): "s sec secs second seconds sekunde sekunden seconde secondes segundo segundos 秒間 秒 秒钟",
    ("time", 60): "min mins minute minutes minuten minuto minutos 分間 分 分钟",
    ("time", 3600): "h hr hrs hour hours stunde stunden heure heures hora horas 時間 小时",
    ("time", _DAY): "day days tag tage tagen jour jours día días 日間 天",
    ("time", 7 * _DAY): "week weeks woche wochen semaine semaines semana semanas 週間 周 星期",
    ("time", 14 * _DAY): "fortnight fortnights",
    ("time", 30.4 * _DAY): "month months monat monate monaten mois mes meses か月 ヶ月 カ月 ケ月 个月",
    ("time", 365 * _DAY): "year years jahr jahre jahren an ans année années año años 年間 年",
    ("length", 0.001): "mm millimetre millimetres millimeter millimeters milímetros ミリ ミリメートル 毫米",
    (
        "length",
        0.01,
    ): "cm centimetre centimetres centimeter centimeters zentimeter centimètre centimètres centímetros センチ センチメートル 厘米",
    ("length", 1): "m metre metres meter meters metern mètre mètres metro metros メートル 米",
    (
        "length",
        1000,
    ): "km kilometre kilometres kilometer kilometers kilometern kilomètre kilomètres kilómetros キロメートル 公里",
    ("length", 1609.344): "mile miles meile meilen millas",
    ("length", 0.3048): "foot feet ft",
    ("length", 0.0254): "inch inches zoll",
    ("mass", 0.001): "mg milligram milligrams milligramm",
    ("mass", 1): "g gram grams gramme grammes gramm gramos グラム 克",
    ("mass", 1000): "kg kilo kilos kilogram kilograms kilogramm kilogrammes kilogramos 公斤",
    ("mass", 1e6): "t tonne tonnes ton tons tonnen toneladas トン 吨",
    ("volume", 0.001): "ml millilitre millilitres milliliter mililitros ミリリットル 毫升",
    ("volume", 0.01): "cl centilitre centilitres zentiliter",
    ("volume", 1): "l litre litres liter liters litern litro litros リットル 升",
    ("energy", 1): "wh",
    ("energy", 1e3): "kwh kilowattstunde kilowattstunden kilowattheures キロワット時 千瓦时",
    ("energy", 1e6): "mwh",
    ("power", 1): "w watt watts",
    ("power", 1e3): "kw kilowatt kilowatts",
    ("power", 1e6): "mw megawatt megawatts",
    ("data", 1): "byte bytes octets",
    ("data", 1e3): "kb kilobyte kilobytes",
    ("data", 1e6): "mb megabyte megabytes mo",
    ("data", 1e9): "gb gigabyte gigabytes go",
    ("data", 1e12): "tb terabyte terabytes",
    ("temperature", 1): "° °c celsius degree degrees grad degré degrés grado grados 度",
    ("fahrenheit", 1): "°f fahrenheit",
    ("share", 0.01): "% ％ percent prozent pourcent パーセント",
    ("share", 0.1): "割",
    ("speed", 1): "km/h kmh kph",
    ("pace", 1): "mph",
    ("times", 1): "times mal fois veces 倍",
    ("euro", 1): "€ euro euros eur ユーロ 欧元",
    ("dollar", 1): "$ dollar dollars usd dólares ドル 美元",
    ("sterling", 1): "£ pound pounds gbp pfund livres libras ポンド 英镑",
    ("yen", 1): "¥ yen 円 日元",
    ("yuan", 1): "元 yuan",
    ("franc", 1): "chf franken francs",
    ("cent", 1): "¢ cent cents centime centimes céntimo céntimos pence",
}
UNITS: dict[str, Unit] = {word: unit for unit, listed in _UNITS.items() for word in listed.split()}
_COUNTERS = "人名 件 回度 台 泊 歳才 冊 錠 杯 本 個つ 枚 匹頭 羽 階 軒 社 点 票 行 个 只 次 位"
COUNTERS: dict[str, Unit] = {word: (f"count {listed[0]}", 1.0) for listed in _COUNTERS.split() for word in listed}
"""Japanese and Chinese say with a counter what kind of thing is counted."""
MONEY = frozenset({"euro", "dollar", "sterling", "yen", "yuan", "franc", "cent"})

_SCALES: dict[float, str] = {
    100: "hundred hundert",
    1e3: "thousand tausend mille mil 千 k",
    1e4: "万",
    1e6: "million millions millionen mio millón millones mn 百万",
    1e8: "億 亿",
    1e9: "billion billions bn milliarde milliarden mrd milliard milliards",
    1e12: "trillion trillions billionen billón 兆",
}
SCALES: dict[str, float] = {word: scale for scale, listed in _SCALES.items() for word in listed.split()}
