"""What is remembered from run to run: names of rings and what became of each, how those that were taken down
worked, and what people judged."""
