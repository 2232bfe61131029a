"""The HTML of article bodies: cleaned, embeds resolved, tidied."""
