"""What somebody told us and what a coffee is like, as clauses that stand in other sentences."""

from flask_babel import lazy_gettext as _

# What somebody told us, by question and answer.
TOLD = {
    "roast: nordic": _("you like the palest of roasts"),
    "roast: blonde": _("you like a blonde roast"),
    "roast: light": _("you like a light roast"),
    "roast: medium": _("you like a medium roast"),
    "roast: dark": _("you like a dark roast"),
    "roast: italian": _("you like an Italian roast"),
    "roast: french": _("you like a French roast"),
    "style: fruity": _("you like fruity coffees"),
    "style: bright": _("you like bright coffees"),
    "style: juicy": _("you like juicy coffees"),
    "style: floral": _("you like floral coffees"),
    "style: sweet": _("you like sweet coffees"),
    "style: caramalized": _("you like caramelised coffees"),
    "style: chocolatey": _("you like chocolatey coffees"),
    "style: nutty": _("you like nutty coffees"),
    "style: full bodied": _("you like full-bodied coffees"),
    "style: bold": _("you like bold coffees"),
    "style: complex": _("you like complex coffees"),
    "style: light": _("you like light and easy coffees"),
    "strength: weak": _("you like it weak"),
    "strength: somewhat light": _("you like it rather light"),
    "strength: medium": _("you like it of medium strength"),
    "strength: somewhat strong": _("you like it rather strong"),
    "strength: very strong": _("you like it very strong"),
    "brew_methods: pour over": _("you brew pour-over"),
    "brew_methods: french press": _("you brew with a French press"),
    "brew_methods: espresso": _("you make espresso"),
    "brew_methods: coffee brewing machine (e.g. mr. coffee)": _("you brew with a filter machine"),
    "brew_methods: pod/capsule machine (e.g. keurig/nespresso)": _("you use pods or capsules"),
    "brew_methods: instant coffee": _("you drink instant coffee"),
    "brew_methods: bean-to-cup machine": _("you have a bean-to-cup machine"),
    "brew_methods: cold brew": _("you make cold brew"),
    "brew_methods: coffee extract (e.g. cometeer)": _("you use coffee extract"),
    "brew_methods: other": _("you brew in a way of your own"),
    "additions: no - just black": _("you drink it black"),
    "additions: milk, dairy alternative, or coffee creamer": _("you drink it with milk"),
    "additions: sugar or sweetener": _("you drink it with sugar"),
    "additions: flavor syrup": _("you drink it with syrup"),
    "additions: other": _("you put something else into it"),
    "caffeine: full caffeine": _("you want all of the caffeine"),
    "caffeine: half caff": _("you want half of the caffeine"),
    "caffeine: decaf": _("you want no caffeine"),
    "expertise: beginner": _("you are new to coffee"),
    "expertise: some": _("you know coffee a little"),
    "expertise: much": _("you know coffee quite well"),
    "expertise: expert": _("you know coffee inside out"),
}

# What a coffee is like, from the lowest value up: (up to this value, clause).
Scale = tuple[tuple[float, object], ...]
MUCH = 9.0
TRAITS: dict[str, Scale] = {
    "roast": (
        (0.34, _("this one is lightly roasted")),
        (0.64, _("this one is a medium roast")),
        (MUCH, _("this one is darkly roasted")),
    ),
    "acidity": (
        (-0.2, _("this one has little acidity")),
        (0.2, _("this one has some acidity")),
        (MUCH, _("this one has a lively acidity")),
    ),
    "body": (
        (-0.2, _("this one has a light body")),
        (0.2, _("this one has a medium body")),
        (MUCH, _("this one has a full body")),
    ),
    "sweetness": (
        (-0.2, _("this one has little sweetness")),
        (0.2, _("this one has some sweetness")),
        (MUCH, _("this one is sweet")),
    ),
    "notes: floral": (
        (0.0, _("this one has no floral notes")),
        (MUCH, _("this one tastes of flowers")),
    ),
    "notes: fruity": (
        (0.0, _("this one has no notes of fruit")),
        (MUCH, _("this one tastes of fruit")),
    ),
    "notes: citrus": (
        (0.0, _("this one has no notes of citrus")),
        (MUCH, _("this one tastes of citrus")),
    ),
    "notes: chocolate": (
        (0.0, _("this one has no notes of chocolate")),
        (MUCH, _("this one tastes of chocolate")),
    ),
    "notes: nutty": (
        (0.0, _("this one has no notes of nuts")),
        (MUCH, _("this one tastes of nuts")),
    ),
    "notes: caramel": (
        (0.0, _("this one has no notes of caramel")),
        (MUCH, _("this one tastes of caramel")),
    ),
    "notes: earthy": (
        (0.0, _("this one has no earthy notes")),
        (MUCH, _("this one tastes of earth and spice")),
    ),
    "notes: fermented": (
        (0.0, _("this one has no winey notes")),
        (MUCH, _("this one has winey notes")),
    ),
    "process: natural": (
        (0.0, _("this one was not dried in its fruit")),
        (MUCH, _("this one is a natural, dried in its fruit")),
    ),
    "process: washed": (
        (0.0, _("this one is not washed")),
        (MUCH, _("this one is washed")),
    ),
    "process: honey": (
        (0.0, _("this one is not honey-processed")),
        (MUCH, _("this one is honey-processed")),
    ),
    "process: experimental": (
        (0.0, _("this one was processed in the classic way")),
        (MUCH, _("this one was processed in an experimental way")),
    ),
    "decaf": (
        (0.0, _("this one has its caffeine")),
        (MUCH, _("this one is decaf")),
    ),
}

# What somebody may say about a cup, and what coffees of one kind are called.
RATING_REASONS = {
    "loved_it": _("Loved it"),
    "too_bitter": _("Too bitter"),
    "too_sour": _("Too sour"),
    "too_weak": _("Too weak"),
    "too_strong": _("Too strong"),
    "too_light": _("Roasted too light"),
    "too_dark": _("Roasted too dark"),
    "dull": _("Dull"),
    "not_fresh": _("Not fresh"),
    "damaged": _("Arrived damaged"),
}
LEANINGS = {
    "roast_light": _("Light roast"),
    "roast_medium": _("Medium roast"),
    "roast_dark": _("Dark roast"),
    "acidity_lively": _("Lively acidity"),
    "acidity_low": _("Little acidity"),
    "body_full": _("Full body"),
    "body_light": _("Light body"),
    "sweet": _("Sweetness"),
    "fruity": _("Fruit"),
    "floral": _("Flowers"),
    "citrus": _("Citrus"),
    "chocolate": _("Chocolate"),
    "nutty": _("Nuts"),
    "caramel": _("Caramel"),
    "earthy": _("Earth and spice"),
    "fermented": _("Wine"),
}
