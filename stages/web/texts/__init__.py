"""Every sentence of the page, in each of its languages."""
