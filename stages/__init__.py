"""The steps of the pipeline: one file, one kind of process."""
