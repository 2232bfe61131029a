"""The doors of HTTP, one blueprint a module; they ask the conductors and nobody else."""
