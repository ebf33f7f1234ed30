"""The transformer: one encoder, fine-tuned, with a head for frames and one for the speaker."""
