"""What `mlflow_explain.autolog` does: settings, watching of trainings, and their explanation."""
