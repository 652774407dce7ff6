"""Links -> a weighted account graph in canonical form (weights, projection, components)."""
