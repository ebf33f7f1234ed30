"""The corpus: articles, codes and split in one folder, checked, counted, joined and split."""
