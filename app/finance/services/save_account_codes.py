"""Keep what the accounts are called in a program in which finance keeps the company's books."""

from sqlalchemy import delete

from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.finance.account_rules import AccountRefusal, Codes, Program, read_codes
from app.finance.models import AccountCode


def save_account_codes(work: UnitOfWork, program: Program, codes: Codes) -> int:
    """Replace all names of a program; blank ones are left out. Return how many it has now."""
    for account, code in codes.items():
        if not code.fits:
            raise Refused(AccountRefusal.TOO_LONG, field=account.value)
    work.session.execute(delete(AccountCode).where(AccountCode.program == program.value))
    rows = [
        AccountCode(program=program.value, account=account, code=each.code, name=each.name)
        for account, each in sorted(codes.items())
        if each.code or each.name
    ]
    work.session.add_all(rows)
    work.session.flush()
    return len(rows)


def import_account_codes(work: UnitOfWork, program: Program, content: bytes) -> int:
    """Replace all names of a program by those of a file; nothing is kept where a line is wrong."""
    read = read_codes(content)
    if read.problems:
        said = [f"{each.line}: {each.field}: {each.reason}" for each in read.problems]
        raise Refused(AccountRefusal.BAD_FILE, offer=said, field="file")
    return save_account_codes(work, program, read.codes)
