"""What a run is: `config.toml`, the options of its stages, and the plan made of them."""
