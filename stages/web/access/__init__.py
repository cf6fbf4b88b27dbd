"""Who may see the page, and how they get there: addresses, certificates, passwords, tokens."""
