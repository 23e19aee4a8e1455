"""Series and the suite on many LLVMs: the cells of a recipe, evaluated, compared with the last run."""
