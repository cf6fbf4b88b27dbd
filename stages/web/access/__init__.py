"""Access to the page: addresses, certificates, passwords, tokens."""
