"""Starts the stand-in from a terminal: `python -m app.sandbox --port 12111`."""

from pathlib import Path

import click

from app.sandbox.serving import serve


@click.command()
@click.option("--port", default=12111, show_default=True, help="Port on 127.0.0.1.")
@click.option(
    "--journal",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    help="File that keeps everything over a restart; without it all is forgotten.",
)
@click.option("--webhook-url", default=None, help="Where events are delivered.")
@click.option("--webhook-secret", envvar="STRIPE_WEBHOOK_SECRET", default="", help="whsec_...")
def main(port: int, journal: Path | None, webhook_url: str | None, webhook_secret: str) -> None:
    """Run a sandbox that answers like Stripe, on this machine only."""
    click.echo(f"Sandbox on http://127.0.0.1:{port} - no real money moves here.")
    serve(port, journal, webhook_url, webhook_secret)


if __name__ == "__main__":
    main()
