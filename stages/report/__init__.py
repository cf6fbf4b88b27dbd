"""Reports: what a recording's faces expressed, as a page for people."""
