"""The learnable alignment module: texts that know what kind of story they belong to."""
