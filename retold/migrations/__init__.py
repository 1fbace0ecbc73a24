"""Alembic migrations; ``retold db upgrade`` runs them."""
