"""What is remembered from run to run: names of rings and what became of each, and what people judged."""
