"""Write the whole site as files for another server."""
