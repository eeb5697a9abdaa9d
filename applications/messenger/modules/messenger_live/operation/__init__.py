"""What an operator sees: figures, health, logs. Must not live here: what they are about."""
