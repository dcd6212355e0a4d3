"""The outside world behind the ports: servers, the queue, the payment provider, mail."""
