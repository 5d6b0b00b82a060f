"""gradspec: check a neural-network layer's outputs and gradients against proven intervals."""
