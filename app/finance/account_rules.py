"""What accounts are called: by us, and in the programs in which finance keeps the company's books.

Pure: names and files in, codes and problems out.
"""

from dataclasses import dataclass
from enum import StrEnum

from app.core.file_lines import Line, LineProblem, read_lines
from app.core.refusals import Refusal
from app.finance.rules import Ledger

NAMES = {
    Ledger.BANK: "Bank",
    Ledger.STRIPE: "Stripe balance",
    Ledger.DISPUTED: "Disputed funds",
    Ledger.RECEIVABLE: "Receivable",
    Ledger.DEFERRED: "Deferred revenue",
    Ledger.PREPAID: "Gift and prepaid liability",
    Ledger.TAX: "Sales tax payable",
    Ledger.CREDIT: "Customer credit",
    Ledger.BOXES: "Box revenue",
    Ledger.ADD_ONS: "Add-ons",
    Ledger.SHIPPING: "Shipping income",
    Ledger.REFUNDS: "Refunds and discounts",
    Ledger.BREAKAGE: "Breakage",
    Ledger.FEES: "Stripe fees",
    Ledger.DISPUTES: "Dispute fees and losses",
    Ledger.BAD_DEBT: "Bad debt",
}
LONGEST_CODE, LONGEST_NAME, LONGEST_MEMO = 40, 120, 500
LARGEST_CENTS = 100_000_000_00
# What these hold is proved, line by line, against the provider, invoices, terms and credit.
PROVED = frozenset(
    {
        Ledger.STRIPE,
        Ledger.DISPUTED,
        Ledger.RECEIVABLE,
        Ledger.DEFERRED,
        Ledger.PREPAID,
        Ledger.CREDIT,
    }
)


class Program(StrEnum):
    """The programs that a journal can be written for."""

    QUICKBOOKS = "quickbooks"
    XERO = "xero"


class AccountRefusal(Refusal):
    """Why a name for an account cannot be taken."""

    UNKNOWN_PROGRAM = "We write journals for QuickBooks and for Xero."
    UNKNOWN_ACCOUNT = "There is no account of this number."
    CODE_TWICE = "This account stands twice in the file."
    TOO_LONG = "A code can have up to 40 characters and a name up to 120."
    SAME_ACCOUNT = "Please choose two different accounts."
    PROVED = "What this account holds is proved line by line, so nobody writes into it by hand."
    BAD_AMOUNT = "The amount must be above zero, in whole cents."
    NO_MEMO = "Please say why, in up to 500 characters."
    BAD_FILE = "This file has lines that cannot be read, so nothing was changed."


@dataclass(frozen=True)
class Code:
    """What an account is called in another program; both blank where it has no name there."""

    code: str = ""
    name: str = ""

    @property
    def fits(self) -> bool:
        return len(self.code) <= LONGEST_CODE and len(self.name) <= LONGEST_NAME


Codes = dict[Ledger, Code]


@dataclass(frozen=True)
class CodesRead:
    """A file of codes as read, and every line of it that is wrong."""

    codes: Codes
    problems: tuple[LineProblem, ...]


def read_codes(content: bytes) -> CodesRead:
    """Read a CSV file with the columns account, code and name; raises Refused as read_lines."""
    problems: list[LineProblem] = []
    found: Codes = {}
    for line in read_lines(content, ("account", "code", "name"), problems):
        _take(line, found)
    return CodesRead(found, tuple(problems))


def _take(line: Line, found: Codes) -> None:
    numbers = {account.value: account for account in Ledger}
    account = numbers.get(line["account"])
    code = Code(line["code"], line["name"])
    if account is None:
        line.drop("account", AccountRefusal.UNKNOWN_ACCOUNT.value)
    elif account in found:
        line.drop("account", AccountRefusal.CODE_TWICE.value)
    elif not code.fits:
        line.drop("code", AccountRefusal.TOO_LONG.value)
    else:
        found[account] = code


@dataclass(frozen=True)
class Correction:
    """An entry that somebody writes by hand; `key` keeps it from being written twice."""

    debit: Ledger
    credit: Ledger
    cents: int
    memo: str
    key: str

    def refusal(self) -> tuple[AccountRefusal, str] | None:
        """Return why it cannot be written and which field is wrong; None where it can."""
        if self.debit in PROVED:
            return AccountRefusal.PROVED, "debit"
        if self.credit in PROVED:
            return AccountRefusal.PROVED, "credit"
        if self.debit is self.credit:
            return AccountRefusal.SAME_ACCOUNT, "credit"
        if isinstance(self.cents, bool) or not 0 < self.cents <= LARGEST_CENTS:
            return AccountRefusal.BAD_AMOUNT, "amount"
        if not self.memo.strip() or len(self.memo) > LONGEST_MEMO:
            return AccountRefusal.NO_MEMO, "memo"
        return None
