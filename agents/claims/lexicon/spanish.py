"""Spanish."""

from agents.claims.lexicon.lexicon import Lexicon

SPANISH = Lexicon(
    language="es",
    function_words="""
    a al algo algún alguna algunas algunos ante antes aquel aquella así aún aunque cada como con contra cual cuando de
    del desde después donde dos durante e el él ella ellas ellos en entre era eran es esa esas ese eso esos está están
    esta estas este esto estos fue fueron ha haber había han hasta hay la las le les lo los más me mi mientras muy nada
    ni no nos o os otra otras otro otros para pero poco por porque pues que qué quien quienes se sea según ser si sí sin
    sobre son su sus también tan tanto te tiene tienen toda todas todo todos tras tu un una unas uno unos y ya yo va
    debe deben puede pueden hace hacer unos unas cuyo cuya nunca jamás salvo solo sólo siempre hacia dar ponerse queda
    tarda sale hoy haya cualquiera nadie ninguno ninguna lugar como máximo mínimo""",
    joins="y pero mientras aunque porque cuando si o pues sino que donde",
    irregular="""
    cerrar:cierra,cierran,cerrado,cerrada,cerró abrir:abre,abren,abierto,abierta vender:vende,vendido,vendió
    empezar:empieza,empezó poner:pone,puesto,puso subir:sube,subió bajar:baja,bajó comprar:compró,compra,comprado
    perder:pierde,perdió dormir:duerme apagar:apague,apaga encender:encienda,enciende devolver:devuelve,devolvió""",
    relations="""
    demandar demandó atacar atacó vender comprar compró vencer venció sustituir reemplazar reemplaza poseer emplear
    rechazar rechazó apoyar dirigir fundar fundó construir destruir ayudar pagar prestar acusar salvar
    proteger producir causar provocar impedir contener depender controlar avisar reconstruyó derrotar derrotó""",
    marks={
        "neg": "no|nunca|jamás|nadie|nada|ningún|ninguna|ninguno|sin|ni|tampoco",
        "modal:must": "debe|deben|debía|tiene que|tienen que|tienes que|hay que|obligatorio|obligatoria|obligado|obligada|necesario|necesaria|hace falta|hacen falta|exige|imprescindible",
        "modal:may": "puede|pueden|podrá|podrán|permitido|permitida|permite|posible|se puede|se pueden|tiene derecho",
        "modal:mustnot": "no debe|no deben|no puede|no pueden|no se puede|no se debe|no se deben|prohibido|prohibida|prohibidos|prohibir|prohíbe|prohíben|no permitido|no está permitido|no hay que|no conviene|nunca debe|imposible",
        "modal:neednot": "no tiene que|no hace falta|no es necesario|no es obligatorio|opcional|voluntario|voluntaria|no está obligado|no hay por qué|no es preciso",
        "modal:should": "debería|deberían|conviene|recomendable|recomienda|aconseja",
        "bound:ge": "al menos|como mínimo|mínimo|por lo menos|o más|no menos de|a partir de|un mínimo de",
        "bound:le": "como máximo|a lo sumo|máximo|como mucho|no más de|hasta|o menos|en un plazo de|un máximo de",
        "bound:gt": "más de|mayores de|mayor de|superior a|por encima de|superó|supera|pasado del",
        "bound:lt": "menos de|menores de|menor de|inferior a|por debajo de|no has cumplido",
        "approx": "unos|unas|alrededor de|cerca de|casi|aproximadamente|más o menos|en torno a",
        "quant:all": "todos|todas|todo|toda|cada|siempre|cualquier|sin excepción",
        "quant:most": "la mayoría|mayoría|generalmente|normalmente|en general|casi todos|por lo general",
        "quant:many": "muchos|muchas|a menudo|frecuentemente|con frecuencia",
        "quant:some": "algunos|algunas|a veces|en parte|ciertos|varias|varios",
        "quant:few": "pocos|pocas|raramente|pocas veces|rara vez",
        "hedge": "probablemente|quizá|quizás|tal vez|podría|podrían|posiblemente|parece|al parecer|supuestamente",
        "sure": "seguramente|sin duda|demuestra|demostrado|garantizado|ciertamente|siempre",
        "former": "antiguamente|antaño|ya no|solía|en otro tiempo|anteriormente",
        "only": "solo|sólo|solamente|únicamente|exclusivamente|nadie más|nada más|ningún otro|ninguna otra",
        "except": "salvo|si no|hasta que|mientras no|excepto|menos|a excepción de",
        "order:before": "antes de|antes de que",
        "order:after": "después de|tras|después que|una vez",
        "cause:back": "porque|ya que|debido a|por culpa de|gracias a|a causa de",
        "cause:on": "por eso|por lo tanto|así que|provoca|causa|de modo que",
        "than": "que",
        "swap": "en lugar de|en vez de|antes que",
        "if": "si|cuando|siempre que|en caso de",
        "unless": "salvo que|a menos que|a no ser que|salvo si",
        "passive": "por",
        "from": "de|desde|del",
        "to": "a|hasta|al|hacia",
    },
    contrasts="""
    activado activada activar encendido encender encienda/desactivado desactivada desactivar apagado apagar apague
    abierto abierta abre abrir/cerrado cerrada cierra cerrar
    empieza empezar empezó principio comienza/termina terminar final acaba
    aprobó aprobado aceptan acepta aceptar/rechazó rechazado rechazan rechaza rechazar
    permitido permitida permite/prohibido prohibida prohíbe
    sube subió aumentó aumenta aumento creció/baja bajó disminuyó redujo reduce
    duplicó duplica doble/mitad redujo
    más/menos
    mejor/peor
    mayor mayores/menor menores
    alto alta/baja
    rápido rápidamente/lento lentamente
    grande grandes/pequeño pequeña pequeños
    largo larga/corto corta
    viejo antiguo/nuevo joven
    primero primera primer/último última
    principio/final
    norte/sur/oeste
    izquierda izquierdo/derecha derecho
    arriba encima/abajo debajo
    dentro interior/fuera exterior
    delantera delantero/trasera trasero
    caliente calor/frío fría
    seco seca/húmedo mojado
    primavera/verano/otoño/invierno
    enero/febrero/marzo/abril/mayo/junio/julio/agosto/septiembre/octubre/noviembre/diciembre
    lunes/martes/miércoles/jueves/viernes/sábado sábados/domingo domingos
    gratis gratuito gratuita/pago
    adulto adultos/niño niños
    hombre hombres/mujer mujeres
    propietario casero/inquilino
    comprador/vendedor
    ganó victoria/perdió derrota
    subida/bajada
    solo solos sola/acompañado acompañados
    interno/externo
    manual/automático
    frecuente frecuentes/raro rara raros
    rojo roja/verde/azul/amarillo/negro negra/blanco blanca
    público/privado
    vacío/lleno
    importar importó/exportar exportó
    interior/exterior""",
)
