"""The page's timelines and charts."""
