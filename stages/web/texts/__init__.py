"""The page's messages in each language."""
