"""From files to articles: every problem found, every text cleaned on the way in."""
