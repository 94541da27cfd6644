"""The HTTP server in ``annexa run`` that takes in what other systems push."""
