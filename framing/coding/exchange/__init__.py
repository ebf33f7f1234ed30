"""Exchange: units and codes to Label Studio and doccano, and back without loss."""
