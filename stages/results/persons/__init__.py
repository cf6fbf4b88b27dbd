"""Who the tracks of a recording are: one person, people by place, or the names that someone wrote into a table."""
