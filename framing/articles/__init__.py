"""Articles: reading them in, finding their source, taking their furniture out."""
