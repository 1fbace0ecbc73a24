"""What keeps a model's failures from becoming the caller's: each piece wraps any configuration."""
