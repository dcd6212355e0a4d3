"""Takes rates of tax in, all at once; the same file again changes nothing."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.billing.price_list_queries import tax_rates
from app.billing.price_models import TaxRate
from app.billing.tax_file import TaxFile
from app.billing.tax_rules import Rate
from app.core.file_lines import ImportReport
from app.core.unit_of_work import UnitOfWork


def import_tax_rates(work: UnitOfWork, file: TaxFile) -> ImportReport:
    """Add rates that are new and change those that say something else; none is taken away.

    Invoices keep the rate that they were issued with.
    """
    work.session.execute(select(TaxRate.id).order_by(TaxRate.id).with_for_update()).all()
    known = {_key(rate): rate for rate in tax_rates(work.session)}
    fresh = [rate for rate in file.rates if _key(rate) not in known]
    changed = [rate for rate in file.rates if known.get(_key(rate), rate) != rate]
    for rate in (*fresh, *changed):
        save_tax_rate(work, rate)
    return ImportReport(
        new=len(fresh),
        changed=len(changed),
        unchanged=len(file.rates) - len(fresh) - len(changed),
        problems=file.problems,
    )


def save_tax_rate(work: UnitOfWork, rate: Rate) -> None:
    """Write one rate; the one of the same place, category and first day takes its terms."""
    terms = vars(rate)
    where = ("country", "region", "category", "valid_from")
    work.session.execute(
        insert(TaxRate)
        .values(**terms)
        .on_conflict_do_update(
            index_elements=list(where),
            set_={name: value for name, value in terms.items() if name not in where},
        )
    )


def _key(rate: Rate) -> tuple[object, ...]:
    return rate.country, rate.region, rate.category, rate.valid_from
