"""The formats of the MediaEval NewsImages benchmark: its editions, runs and submissions."""
