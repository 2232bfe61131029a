"""The processes of ``feedsvc serve``: a supervisor, workers that answer, a publisher."""
