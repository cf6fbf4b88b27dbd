"""Tables and keys of a config that are no option of a stage: what they may say, and how they are applied."""
