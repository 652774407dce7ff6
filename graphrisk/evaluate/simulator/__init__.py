"""A synthetic marketplace with planted rings: pure arrays in, Arrow tables out. Start reading at world.py."""
