"""Alembic's folder: how stores of older versions are brought up to date."""
