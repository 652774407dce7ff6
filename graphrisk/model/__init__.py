"""The vocabulary: frozen values and Arrow schemas that every other room speaks in."""
