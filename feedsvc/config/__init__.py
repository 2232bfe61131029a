"""Read config.toml and the environment into one checked Config."""
