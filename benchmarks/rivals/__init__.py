"""Other ways to serve feeds, as small as their documentation suggests: what feedsvc is beside."""
