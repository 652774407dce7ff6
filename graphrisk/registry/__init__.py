"""What is remembered from run to run: judgements that people passed, and which of them count when."""
