"""HTTP for programs that publish: one module for each resource."""
