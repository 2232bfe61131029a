"""The way out by itself: jobs that ask other servers, through one guarded client."""
