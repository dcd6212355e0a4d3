"""Scenes that several tests of use cases start from."""

import pytest

from app.billing.rules import InvoiceStatus
from app.fulfilment.rules import BoxStatus
from tests.services.paid_boxes import add_box, open_shelf


@pytest.fixture
def three(units, actor):
    """Three paid boxes (one of three coffees, with hostile texts) and others that may not ship."""
    with units(actor) as work:
        shelf = open_shelf(work)
        add_box(work, shelf, 1002, name='=HYPERLINK("x")', note='two\nlines, "quoted"')
        add_box(work, shelf, 1001, lines=3, name="Zoë 李", note="x" * 1200)
        add_box(work, shelf, 1010)
        add_box(work, shelf, 2001, status=BoxStatus.COMPOSED, invoice=InvoiceStatus.OPEN)
        add_box(work, shelf, 2002, status=BoxStatus.HELD)
        add_box(work, shelf, 2003, status=BoxStatus.SKIPPED)
        add_box(work, shelf, 2004, status=BoxStatus.CANCELLED)
        add_box(work, shelf, 2005, status=BoxStatus.VOIDED, invoice=InvoiceStatus.VOID)
        add_box(work, shelf, 2006, invoice=InvoiceStatus.OPEN)
    return shelf
