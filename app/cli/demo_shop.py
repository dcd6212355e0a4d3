"""The small shop of the demonstration: its coffees, plans and people. Pure values."""

from dataclasses import dataclass

from app.catalog.rules import Grind, Roast, Taste
from app.people.rules import AddressFields, Role
from app.personalization.rules import Exclusion, ExclusionKind, QuizAnswers
from app.subscriptions.rules import Cadence, CadenceUnit, Pricing, SizeKind
from app.subscriptions.services.save_plan import PlanFields, PlanTerms

PASSWORD = "boxwright-demo"
WEDNESDAY = 3
GOOD, BROKE, ASKS = "4242424242424242", "4000000000000341", "4000002760003184"
LIGHT, MEDIUM, DARK = Roast.LIGHT, Roast.MEDIUM, Roast.DARK


@dataclass(frozen=True)
class Coffee:
    """A coffee of the demonstration; `scores` are acidity, body and sweetness from 0 to 10.

    `allergens` None means that nobody has asked the roaster yet.
    """

    code: str
    name: str
    chinese: str
    roast: Roast
    origin: str
    process: str
    notes: tuple[str, ...]
    scores: tuple[float, float, float]
    price_cents: int
    decaf: bool = False
    allergens: tuple[str, ...] | None = ()

    def taste(self) -> Taste:
        """Return what it tastes like, as the catalogue keeps it."""
        acidity, body, sweetness = self.scores
        return Taste(
            roast=self.roast,
            process=self.process,
            origin=self.origin,
            notes=self.notes,
            acidity=acidity,
            body=body,
            sweetness=sweetness,
            decaf=self.decaf,
            allergens=self.allergens,
        )


@dataclass(frozen=True)
class Guest:
    """A subscriber of the demonstration; `plan` and `size` are what they ordered."""

    name: str
    plan: str
    size: int
    quiz: QuizAnswers
    exclusions: tuple[Exclusion, ...] = ()
    card: str = GOOD
    locale: str = "en"
    grind: Grind = Grind.WHOLE

    @property
    def email(self) -> str:
        """Return the address they sign in with."""
        return f"{self.name.split()[0].lower()}@example.com"


COFFEES = (
    Coffee("kiambu", "Kiambu Ridge", "基安布山脊", LIGHT, "Kenya", "washed",
           ("blackcurrant", "grapefruit"), (9.0, 4.5, 6.5), 1850),
    Coffee("guji", "Guji Morning", "古吉清晨", LIGHT, "Ethiopia", "washed",
           ("jasmine", "peach"), (8.5, 3.5, 7.0), 1800),
    Coffee("sidama", "Sidama Sun", "西达摩阳光", LIGHT, "Ethiopia", "natural",
           ("blueberry", "honey"), (7.5, 5.0, 8.5), 1900),
    Coffee("huila", "Huila Evening", "慧兰黄昏", MEDIUM, "Colombia", "washed",
           ("caramel", "red apple"), (6.5, 6.0, 7.5), 1600),
    Coffee("narino", "Nariño Honey", "纳里尼奥蜜处理", MEDIUM, "Colombia", "honey",
           ("brown sugar", "orange"), (6.0, 6.0, 8.0), 1700),
    Coffee("cerrado", "Cerrado Veranda", "塞拉多露台", MEDIUM, "Brazil", "natural",
           ("hazelnut", "milk chocolate"), (3.5, 7.5, 7.5), 1400),
    Coffee("antigua", "Antigua Slope", "安提瓜坡地", MEDIUM, "Guatemala", "washed",
           ("cocoa", "almond"), (5.5, 6.5, 6.5), 1550),
    Coffee("tarrazu", "Tarrazú Yellow", "塔拉苏黄蜜", MEDIUM, "Costa Rica", "honey",
           ("apricot", "toffee"), (6.5, 5.5, 8.0), 1750),
    Coffee("gayo", "Gayo Rain", "迦佑雨林", DARK, "Indonesia", "wet hulled",
           ("cedar", "dark chocolate"), (2.5, 9.0, 5.0), 1500),
    Coffee("napoli", "Old Quarter Espresso", "老城意式", DARK, "Brazil", "natural",
           ("bittersweet chocolate", "smoke"), (2.0, 9.0, 5.5), 1350),
    Coffee("mysore", "Mysore Bold", "迈索尔醇厚", DARK, "India", "washed",
           ("spice", "walnut"), (2.5, 8.5, 5.0), 1350),
    Coffee("pecan", "Pecan Fireside", "山核桃炉边", MEDIUM, "Brazil", "natural",
           ("pecan", "vanilla"), (3.5, 7.0, 8.5), 1450, allergens=("nuts",)),
    Coffee("cask", "Quarter Cask", "橡木桶陈酿", MEDIUM, "Nicaragua", "barrel aged",
           ("rum", "vanilla"), (4.0, 8.0, 8.0), 1950, allergens=None),
    Coffee("stillwater", "Stillwater Decaf", "静水低因", MEDIUM, "Colombia", "decaffeinated",
           ("caramel", "cocoa"), (5.0, 6.0, 7.0), 1600, decaf=True),
    Coffee("lantern", "Lantern Decaf", "灯笼低因", DARK, "Peru", "decaffeinated",
           ("dark chocolate", "date"), (3.0, 7.5, 6.5), 1550, decaf=True),
    Coffee("dawn", "Before Dawn Decaf", "黎明前低因", LIGHT, "Ethiopia", "decaffeinated",
           ("peach", "black tea"), (7.5, 4.5, 7.0), 1700, decaf=True),
)  # fmt: skip
BAG, PORTION = 250, 125

# Three bags of decaf are all there is of it, so a decaf box may repeat what was in the last one.
REPEATS = PlanTerms(no_repeat=0)
PLANS = (
    PlanFields(
        "weekly",
        {"en": "Every Wednesday", "zh": "每周三"},
        Cadence(CadenceUnit.WEEK, 1, WEDNESDAY),
        cutoff_days=3,
        sizes={1: 1700, 2: 3200, 3: 4650},
        about={"en": "Fresh bags every week.", "zh": "每周新鲜烘焙。"},
        terms=REPEATS,
    ),
    PlanFields(
        "fortnightly",
        {"en": "Every other Wednesday", "zh": "每两周周三"},
        Cadence(CadenceUnit.WEEK, 2, WEDNESDAY),
        cutoff_days=3,
        sizes={2: 3300, 3: 4750},
        about={"en": "Two weeks to finish the bags.", "zh": "两周一盒。"},
        terms=REPEATS,
    ),
    PlanFields(
        "monthly",
        {"en": "Once a month", "zh": "每月一盒"},
        Cadence(CadenceUnit.MONTH, 1, 31),
        cutoff_days=5,
        sizes={2: 3400, 4: 6400},
        about={"en": "On the last day of the month.", "zh": "每月最后一天发货。"},
        terms=REPEATS,
    ),
    PlanFields(
        "mix",
        {"en": "Your own mix", "zh": "自选拼配"},
        Cadence(CadenceUnit.MONTH, 1, 15),
        cutoff_days=4,
        sizes={500: 3900, 1000: 7400},
        about={
            "en": "Grams shared out over the coffees you like.",
            "zh": "按您的口味分配克数。",
        },
        terms=PlanTerms(
            size_kind=SizeKind.GRAMS,
            portion_grams=PORTION,
            min_distinct=2,
            max_per_item=6,
            no_repeat=0,
        ),
    ),
    PlanFields(
        "choice",
        {"en": "You choose, you pay what is in it", "zh": "自选内容，按量计价"},
        Cadence(CadenceUnit.MONTH, 1, 1),
        cutoff_days=3,
        sizes={2: 0, 4: 0},
        about={"en": "Ten per cent off from four bags on.", "zh": "四袋起享九折。"},
        terms=PlanTerms(pricing=Pricing.CONTENTS, tiers=((4, 1_000),), max_per_item=2, no_repeat=0),
    ),
)

STAFF = {
    "owner@example.com": ("Olive Owner", Role.OWNER),
    "warehouse@example.com": ("Walter Warehouse", Role.FULFILMENT),
    "buyer@example.com": ("Bianca Buyer", Role.MERCHANDISING),
    "support@example.com": ("Sol Support", Role.SUPPORT),
    "finance@example.com": ("Fay Finance", Role.FINANCE),
}

BRIGHT = QuizAnswers("Light", "Fruity", "Medium", ("Pour over",), ("No - just black",))
SWEET = QuizAnswers("Medium", "Chocolatey", "Medium", ("French press",), ("Sugar or sweetener",))
HEAVY = QuizAnswers("Dark", "Bold", "Very strong", ("Espresso",), ("No - just black",))
NUTTY = QuizAnswers("Medium", "Nutty", "Somewhat strong", ("Espresso",))
QUIET = QuizAnswers("Medium", "Sweet", "Medium", ("Pour over",), (), "Decaf")
NO_NUTS = Exclusion(ExclusionKind.ALLERGEN, "nuts")
NO_CAFFEINE = Exclusion(ExclusionKind.CAFFEINE)

GUESTS = (
    Guest("Ada Adler", "weekly", 2, HEAVY, grind=Grind.ESPRESSO),
    Guest("Ben Brook", "monthly", 2, SWEET),
    Guest("Cleo Chen", "fortnightly", 2, QUIET, (NO_NUTS, NO_CAFFEINE), locale="zh"),
    Guest("Dev Dara", "weekly", 2, BRIGHT, card=BROKE),
    Guest("Gus Green", "mix", 1000, NUTTY),
    Guest("Rin Rossi", "weekly", 1, BRIGHT, card=ASKS),
    Guest("Hana Holm", "weekly", 3, SWEET),
    Guest("Ivo Ito", "fortnightly", 3, HEAVY),
    Guest("Jun Jiang", "weekly", 2, BRIGHT, locale="zh"),
    Guest("Kai Kovac", "weekly", 1, NUTTY, (NO_NUTS,)),
    Guest("Lea Lang", "fortnightly", 2, SWEET),
    Guest("Mio Moreau", "mix", 500, BRIGHT, grind=Grind.FILTER),
    Guest("Nia Novak", "weekly", 2, SWEET, (Exclusion(ExclusionKind.ROAST, "dark"),)),
    Guest("Oto Okafor", "choice", 4, HEAVY, grind=Grind.ESPRESSO),
    Guest("Pia Perez", "fortnightly", 2, BRIGHT, (Exclusion(ExclusionKind.DECAF),)),
    Guest("Quinn Quist", "weekly", 1, SWEET),
    Guest("Sam Silva", "weekly", 2, NUTTY, (NO_NUTS,)),
    Guest("Tao Tran", "monthly", 4, BRIGHT, locale="zh"),
    Guest("Uma Ueda", "weekly", 3, HEAVY, (Exclusion(ExclusionKind.ORIGIN, "India"),)),
    Guest("Vic Vargas", "fortnightly", 3, NUTTY),
    Guest("Wen Wei", "weekly", 2, SWEET, locale="zh"),
    Guest("Xena Xu", "weekly", 2, BRIGHT, card=BROKE),
    Guest("Yan Young", "choice", 2, HEAVY),
    Guest("Zoe Zeman", "weekly", 2, QUIET, (NO_CAFFEINE,)),
)

STREETS = ("Bean Street", "Mill Road", "Harbour Lane", "Orchard Avenue")


def address_of(guest: Guest, number: int) -> AddressFields:
    """Return where a guest lives; the same at every start."""
    street = STREETS[number % len(STREETS)]
    return AddressFields(
        guest.name, f"{number + 1} {street}", "Boston", f"{2108 + number:05}", "US", region="MA"
    )
