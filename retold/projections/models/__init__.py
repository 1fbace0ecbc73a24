"""The read models that come with Retold: a module for what each folds, one for its table."""
