"""The words guards know, all of them English."""

from __future__ import annotations

_function_text = """
a able about actually all also am an and any are as at be been being best but by can could
currently describe did do does doing exactly explain for from get gets getting go got had happen
happens has have having he hello help her hers hey hi him his how i if in into is it its just
kindly know let like ll make may me mean means might mine must my need now of ok on one or our
ours out please pls possible re really s say she should show so some still such t tell than
thank thanks that the their them then there these they thing things this those to too try trying
up use used using ve very want wanted was way ways we were what when where which while who whom
whose why will wish with work works would you your yours
"""
function_words = frozenset(_function_text.split())
"""Words that say little of what a question is about."""

_prepositions_text = """
across after as at before behind between but by during except for from if in inside into on only
outside over per since through to under unless until using via when while with without
"""
prepositions = frozenset(_prepositions_text.split())
"""Words that begin a condition."""

_opposites_text = """
enable/disable activate/deactivate increase/decrease raise/lower up/down on/off in/out
open/close start/stop begin/end start/finish first/last before/after above/below over/under
more/less most/least more/fewer maximum/minimum max/min high/low higher/lower highest/lowest
big/small bigger/smaller biggest/smallest large/small larger/smaller largest/smallest long/short
longer/shorter longest/shortest tall/short fast/slow faster/slower fastest/slowest early/late
earlier/later earliest/latest old/new older/newer oldest/newest young/old younger/older hot/cold
hotter/colder warm/cool heat/cool wet/dry hard/soft light/dark light/heavy thick/thin
wide/narrow deep/shallow near/far left/right top/bottom front/back inside/outside indoor/outdoor
indoors/outdoors internal/external import/export upload/download push/pull send/receive
give/take buy/sell lend/borrow deposit/withdraw credit/debit gain/lose win/lose add/remove
add/subtract add/delete create/delete create/destroy insert/delete install/uninstall
connect/disconnect attach/detach mount/unmount lock/unlock block/unblock allow/deny allow/block
allow/forbid accept/reject accept/decline approve/reject encrypt/decrypt encode/decode
compress/decompress compress/extract zip/unzip freeze/thaw freeze/unfreeze show/hide
expand/collapse load/unload load/save read/write input/output encoder/decoder client/server
public/private static/dynamic synchronous/asynchronous sync/async mutable/immutable safe/unsafe
secure/insecure legal/illegal possible/impossible valid/invalid true/false yes/no good/bad
better/worse best/worst positive/negative advantage/disadvantage advantages/disadvantages
pros/cons benefit/drawback benefits/drawbacks strength/weakness strengths/weaknesses
cause/prevent help/hurt include/exclude included/excluded inclusive/exclusive
ascending/descending increasing/decreasing horizontal/vertical horizontally/vertically
forward/backward forwards/backwards clockwise/anticlockwise clockwise/counterclockwise
north/south east/west male/female man/woman men/women mens/womens boy/girl husband/wife
father/mother son/daughter brother/sister adult/child adult/baby beginner/advanced
beginner/expert major/minor domestic/international domestic/foreign local/remote local/global
gross/net fixed/variable single/married rich/poor cheap/expensive cheapest/expensive full/empty
full/partial temporary/permanent manual/automatic manually/automatically raw/cooked fresh/frozen
sweet/sour arrive/depart arrival/departure arriving/departing enter/exit login/logout
ascend/descend rise/fall sunrise/sunset day/night winter/summer today/tomorrow today/yesterday
tomorrow/yesterday always/never love/hate remember/forget success/failure succeed/fail pass/fail
attack/defend alive/dead birth/death student/teacher buyer/seller employer/employee
landlord/tenant parent/child doctor/patient upgrade/downgrade scale/shrink shrink/grow
promote/demote merge/split join/leave join/split lossless/lossy optional/required
optional/mandatory primary/secondary upper/lower with/without
"""
_same_text = """
purchase/buy fix/repair fix/mend begin/start end/finish close/shut big/large small/little
fast/quick quickly/fast car/auto car/automobile car/vehicle phone/telephone phone/mobile
photo/picture photos/pictures image/picture folder/directory folders/directories delete/remove
merge/combine create/make build/make show/display find/locate see/view choose/select choose/pick
get/obtain need/require require/needs help/assist allow/permit explain/describe error/bug
error/mistake wrong/incorrect right/correct cost/price cheap/inexpensive persist/permanent
maximum/max minimum/min average/mean trip/journey holiday/vacation flat/apartment lift/elevator
film/movie shop/store quit/exit doctor/physician kid/child kids/children baby/infant sick/ill
job/work salary/pay wage/pay money/cash method/way reason/cause difference/differences
differ/difference distinct/different application/app program/application repository/repo
database/db documentation/docs configuration/config configure/set environment/env
function/method argument/parameter javascript/js typescript/ts python/py kubernetes/k8s
postgres/postgresql golang/go usa/us usa/america uk/britain tv/television advert/ad
luggage/baggage autumn/fall transfer/send card/cards top/topup verify/confirm verify/check
check/confirm check/see change/modify change/alter change/edit change/update cancel/stop
appear/show appear/shown typical/usual usually/normally common/frequent big/great terrific/great
happy/glad speak/talk say/state tell/inform ask/request answer/reply receive/get
payment/transaction charge/fee charged/billed approximately/roughly roughly/about entire/whole
everyone/everybody often/frequently maybe/perhaps suggest/recommend suggestion/recommendation
simple/easy hard/difficult tough/difficult rapid/fast sum/total amount/quantity area/region
nation/country city/town road/street house/home
"""
_number_text = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen twenty
"""
_units_text = """
metre: m meter meters metre metres
kilometre: km kilometer kilometers kilometre kilometres
centimetre: cm centimeter centimeters centimetre centimetres
millimetre: mm millimeter millimeters millimetre millimetres
mile: mi mile miles
yard: yd yard yards
foot: ft foot feet
inch: inch inches
acre: acre acres
hectare: ha hectare hectares
gram: g gram grams gramme grammes
kilogram: kg kilo kilos kilogram kilograms
milligram: mg milligram milligrams
microgram: mcg microgram micrograms
ounce: oz ounce ounces
pound: lb lbs pound pounds
ton: ton tons tonne tonnes
stone: stone
litre: l liter liters litre litres
millilitre: ml milliliter milliliters millilitre millilitres
gallon: gal gallon gallons
quart: quart quarts
pint: pint pints
cup: cup cups
tablespoon: tbsp tablespoon tablespoons
teaspoon: tsp teaspoon teaspoons
nanosecond: ns nanosecond nanoseconds
microsecond: microsecond microseconds
millisecond: ms millisecond milliseconds
second: sec secs seconds
minute: min mins minute minutes
hour: hr hrs hour hours hourly
day: day days daily
week: week weeks weekly
month: month months monthly
year: year years yearly annual annually
celsius: c celsius centigrade
fahrenheit: f fahrenheit
kelvin: k kelvin
bit: bit bits
byte: byte bytes
kilobyte: kb kilobyte kilobytes
megabyte: mb megabyte megabytes
gigabyte: gb gigabyte gigabytes
terabyte: tb terabyte terabytes
mebibyte: mib mebibyte
gibibyte: gib gibibyte
megabit: mbit mbps megabit megabits
gigabit: gbit gbps gigabit gigabits
volt: v volt volts
watt: w watt watts
kilowatt: kw kilowatt kilowatts
amp: amp amps ampere amperes
horsepower: hp horsepower
joule: joule joules
calorie: calorie calories kcal
pascal: pa pascal
psi: psi
bar: bar
mph: mph
kmh: kmh km/h kph
knot: knot knots
percent: percent percentage %
dollar: usd dollar dollars $ bucks
euro: eur euro euros €
sterling: gbp quid £
yen: jpy yen ¥
rupee: inr rupee rupees
franc: chf franc francs
yuan: cny yuan renminbi
peso: mxn peso pesos
canadian-dollar: cad
australian-dollar: aud
bitcoin: btc bitcoin
utc: utc gmt
est: est edt
pst: pst pdt
cst: cst cdt
cet: cet cest
"""
_dates_text = """
monday: monday mondays mon
tuesday: tuesday tuesdays tue
wednesday: wednesday wednesdays wed
thursday: thursday thursdays thu
friday: friday fridays fri
saturday: saturday saturdays sat
sunday: sunday sundays
weekday: weekday weekdays
weekend: weekend weekends
january: january jan
february: february feb
march: march
april: april apr
june: june jun
july: july jul
august: august aug
september: september sep sept
october: october oct
november: november nov
december: december dec
spring: spring
summer: summer
autumn: autumn fall
winter: winter
today: today
tonight: tonight
tomorrow: tomorrow
yesterday: yesterday
morning: morning
afternoon: afternoon
evening: evening
night: night overnight
next: next upcoming following
last: last previous prior past
current: current present latest newest
before: before
after: after
during: during
christmas: christmas xmas
easter: easter
"""


def _pairs(text: str) -> frozenset[frozenset[str]]:
    return frozenset(frozenset(pair.split("/")) for pair in text.split())


def _named(text: str) -> dict[str, str]:
    lines = (line.split(": ") for line in text.strip().splitlines())
    return {word: name for name, words in lines for word in words.split()}


opposites = _pairs(_opposites_text)
"""Pairs of words each of which is the opposite of the other."""

synonyms = _pairs(_same_text)
"""Pairs of words that may stand for each other."""

units = _named(_units_text)
"""Units and currencies: what each word for one stands for."""

dates = _named(_dates_text)
"""Days, months, seasons and relative times: what each word for one stands for."""

numbers = {word: str(number) for number, word in enumerate(_number_text.split())} | {
    "thirty": "30",
    "forty": "40",
    "fifty": "50",
    "sixty": "60",
    "seventy": "70",
    "eighty": "80",
    "ninety": "90",
    "hundred": "100",
    "thousand": "1000",
    "million": "1000000",
    "billion": "1000000000",
    "first": "1",
    "second": "2",
    "third": "3",
    "fourth": "4",
    "fifth": "5",
    "half": "1/2",
    "quarter": "1/4",
    "dozen": "12",
    "twice": "2",
    "double": "2",
    "triple": "3",
    "single": "1",
}
"""Numbers that are written as words, in digits."""
