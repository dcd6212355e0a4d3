"""Small dirty files of our own, and where the real ones lie if they are there."""

from pathlib import Path

from app.personalization.rules import QUIZ

REAL_FILES = Path(__file__).resolve().parents[2] / "shared" / "data" / "coffee"

DIRTY_COFFEES = b"""\
lot_id,country_of_origin,region,farm_name,variety,processing_method,harvest_year,\
altitude_mean_meters,acidity,body,sweetness,total_cup_points,moisture,color
LOT-1,Kenya,nyeri,"gate, the ""upper"" one",SL28,Washed / Wet,2014,1800,8.5,8,10,86.5,0.11,Green
LOT-2,Brazil,,various,,,mmm,190164.0,7.0,7.5,10.0,82.0,0.0,
LOT-3,Ethiopia,,,,Natural / Dry,2013/2014,,0.0,0.0,0.0,0.0,0.0,
LOT-1,Kenya,again,,,,,,7,7,7,80,,
LOT-4,Brazil,test,,,,TEST,,8.17,7.67,10.0,84.5,0.0,
LOT-5,Cote d?Ivoire,,,Other,Pulped natural / honey,2012,900,7.1,7.6,11,79.0,0.12,Green
,Peru,,,,,,,7,7,7,80,,
LOT 6,Peru,,,,,,,7,7,7,80,,
LOT-7,Peru,too,few
LOT-8,Colombia,huila,,Caturra,Washed / Wet,2012,1450,7.6,7.5,10,84,0.11,Green
"""


def missing_real_files() -> bool:
    """Say whether the real files lie elsewhere, as on most machines."""
    return not (REAL_FILES / "coffees.csv").exists()


TASTER_HEADINGS = (
    "respondent_id,style,strength,roast_level,caffeine,expertise_1_10,brew_methods,additions,"
    "coffee_a_liking_1_5,coffee_b_liking_1_5,coffee_c_liking_1_5,coffee_d_liking_1_5\n"
)
DIRTY_TASTERS = (
    TASTER_HEADINGS
    + """\
Ab1,Fruity,Medium,Light,Full caffeine,9,"Pour over, Espresso","No - just black, \
Milk, dairy alternative, or coffee creamer",5,3,1,4
aB1,,,,,,,,,,,
Ab1,Bold,Medium,Dark,Decaf,,,,1,1,1,1
cd2,Fruity,Medium,Purple,Full caffeine,eleven,\
"Pour over, Sock, Coffee brewing machine (e.g. Mr. Coffee)",\
"Milk, dairy alternative, or coffee creamer, Sugar or sweetener",7,3,,four
test,Fruity,Medium,Light,Full caffeine,,,,1,1,1,1
e f,Fruity,Medium,Light,Full caffeine,,,,1,1,1,1
"""
).encode()

SUBSCRIBER_HEADINGS = (
    "email,name,plan,size,grind,line1,city,region,postcode,country,status,next_ships_on,"
    "anchor_day,language,note,customer_id,card_id\n"
)
DIRTY_SUBSCRIBERS = (
    SUBSCRIBER_HEADINGS
    + """\
ada@example.com,Ada,weekly,2,espresso,12 Bean St,Boston,MA,02134,us,,2027-01-20,,en,\
"A note, please",cus_ada,pm_ada
ben@example.com,Ben,monthly,4,,1 Mill,Salem,MA,01970,US,active,2027-01-05,31,zh-CN,,cus_ben,pm_ben
cleo@example.com,Cleo,weekly,1,,3 Hill,Lynn,MA,01901,US,,,,fr,,,
ADA@example.com,Ada,weekly,1,,12 Bean St,Boston,MA,02134,US,,,,,,cus_ada,pm_ada
dev@example.com,Dev,weekly,2,,4 Dale,Troy,NY,12180,US,paused,,,,,cus_dev,pm_dev
gus@example,Gus,weekly,2,,5 Elm,Troy,NY,12180,US,,,,,,,
rin@example.com,Rin,weekly,0,,6 Elm,Troy,NY,12180,US,,,,,,,
joy@example.com,Joy,yearly,2,,7 Elm,Troy,NY,12180,US,,,,,,,
kim@example.com,Kim,weekly,3,,8 Elm,Troy,NY,12180,US,,,,,,,
lee@example.com,Lee,weekly,2,,,Troy,NY,12180,US,,,,,,,
max@example.com,Max,weekly,2,,9 Elm,Troy,NY,12180,US,cancelled,,,,,,
noa@example.com,Noa,weekly,2,turkish,9 Elm,Troy,NY,12180,US,,,,,,,
pia@example.com,Pia,weekly,2,,9 Elm,Troy,NY,12180,US,,5 January,,,,,
ray@example.com,Ray,weekly,2,,9 Elm,Troy,NY,12180,US,,2020-01-01,,,,,
sue@example.com,Sue,weekly,2,,9 Elm,Troy,NY,12180,US,,,,,,cus_ada,pm_sue
"""
).encode()


def invent_files(folder: Path, people: int = 40, lots: int = 80) -> None:
    """Write two files such as the real ones, with dirt in both: nobody's rows, made up here."""
    coffees, tasters = (text.decode().splitlines()[0] for text in (DIRTY_COFFEES, DIRTY_TASTERS))
    origins = ("Kenya", "Brazil", "Colombia", "Ethiopia", "Indonesia")
    processes = ("Washed / Wet", "Natural / Dry", "Pulped natural / honey")
    grown = [
        f"LOT-{n},{origins[n % 5]},hill {n},,Typica,{processes[n % 3]},2014,{700 + 13 * n},"
        f"{7 + n % 10 / 10},{7 + n % 7 / 10},10,{80 + n % 9},0.1,Green"
        for n in range(1, lots + 1)
    ]
    answers = [
        f"R{n},{QUIZ['style'][n % 12]},{QUIZ['strength'][n % 5]},{QUIZ['roast'][n % 7]},Decaf,"
        f"{1 + n % 10},"
        f'"Pour over, Espresso","Sugar or sweetener, {QUIZ["additions"][1]}",'
        f"{1 + n % 5},{1 + n % 4},{1 + n % 3},{5 - n % 5}"
        for n in range(1, people + 1)
    ]
    dirt = [f"LOT-{lots + 1},Peru,,,,,mmm,190164.0,0,0,0,0,0,", grown[0], "TEST,,,,,,,,,,,,,"]
    Path(folder, "coffees.csv").write_text("\n".join([coffees, *grown, *dirt]) + "\n")
    Path(folder, "taste_test.csv").write_text("\n".join([tasters, *answers, "R1" + "," * 11]))
