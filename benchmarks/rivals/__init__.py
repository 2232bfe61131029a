"""Other ways to serve feeds, as small as their documentation suggests, for comparison."""
