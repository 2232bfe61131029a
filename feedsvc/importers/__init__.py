"""Turn other systems' articles into article files."""
