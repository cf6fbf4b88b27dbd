"""Changes to the run from the page and from `/api`."""
